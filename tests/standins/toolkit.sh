# Makes a folder that looks like the locked compiler's environment: `sh toolkit.sh FOLDER`. What it "compiles" is a copy
# of FOLDER/server; with a file FOLDER/fails it says what is in there and fails. FOLDER/ran has a line for each run.
set -eu
cuda=$1/lib/python3.11/site-packages/nvidia/cu13
mkdir -p "$1/bin" "$cuda/bin" "$cuda/lib"
for name in libcudart.so.13 libcublas.so.13 libcublasLt.so.13 libcudart_static.a libcudadevrt.a; do : >"$cuda/lib/$name"; done
cat >"$cuda/bin/nvcc" <<'END'
#!/bin/sh
echo "Cuda compilation tools, release 13.0, stand-in"
END
cat >"$1/bin/cmake" <<'END'
#!/bin/sh
words=$*
while [ "$1" != -B ]; do shift; done
mkdir -p "$2" && echo "$words" >"$2/words"
END
cat >"$1/bin/ninja" <<'END'
#!/bin/sh
folder=$(dirname "$(dirname "$0")")
echo "ninja $*" >>"$folder/ran"
echo "[1/3] Building CUDA object fattn.cu.o"
if [ -e "$folder/fails" ]; then echo "FAILED: fattn.cu.o"; cat "$folder/fails"; exit 1; fi
mkdir -p "$2/bin" && cp "$folder/server" "$2/bin/llama-server"
echo "[3/3] Linking CXX executable bin/llama-server"
END
chmod 755 "$cuda/bin/nvcc" "$1/bin/cmake" "$1/bin/ninja"
