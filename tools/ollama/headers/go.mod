module eigenherd/tools/ollama/headers

go 1.24.1

// A module's zip leaves out folders named vendor, and with them three headers that Ollama needs to compile.
// Ollama kept two of them elsewhere up to 0.9; the third is in a module about just that library.
require (
	github.com/gen2brain/malgo v0.11.24 // miniaudio.h
	github.com/ollama/ollama v0.9.6 // json.hpp, stb_image.h
)
