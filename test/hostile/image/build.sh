#!/bin/sh
# Builds names.elf with gcc 12.
set -e
cd "$(dirname "$0")"
gcc -O1 -ffreestanding -nostdlib -static -no-pie -fno-pie -fcf-protection=none -fno-stack-protector -mcmodel=kernel -gdwarf-5 -w \
	-ffile-prefix-map="$PWD"=/x_directory_________________________________________________________ \
	-Wl,--build-id=none -Wl,-z,max-page-size=16,-z,norelro,-z,noseparate-code -Wl,-e,main -Wl,-Ttext=0xffffffff80100000 \
	-o names.elf names.c
objcopy -R .comment -R .note.GNU-stack names.elf
