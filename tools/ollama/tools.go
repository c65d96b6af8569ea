//go:build tools

// Package tools names Ollama, so that its module and every module below it are pinned here.
package tools

import _ "github.com/ollama/ollama"
