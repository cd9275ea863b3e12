#!/bin/sh
# Builds the images of this folder with gcc 12: tiny.c in three spellings of DWARF. They are kept so that a seed means the same
# inputs on every machine.
set -e
cd "$(dirname "$0")"
build() {
	gcc -O1 -ffreestanding -nostdlib -static -no-pie -fno-pie -fcf-protection=none -fno-stack-protector -mcmodel=kernel \
		-ffile-prefix-map="$PWD"=/src -w $2 -Wl,--build-id=none -Wl,-z,max-page-size=16,-z,norelro,-z,noseparate-code -Wl,-e,main \
		-Wl,-Ttext=0xffffffff80100000 -o "$1.elf" tiny.c
	objcopy -R .comment -R .note.GNU-stack "$1.elf"
}
build dwarf4 "-gdwarf-4 -gstrict-dwarf -fno-asynchronous-unwind-tables"
build dwarf5 "-gdwarf-5"
build dwarf5-64 "-gdwarf-5 -gdwarf64 -gz=zlib -fno-asynchronous-unwind-tables"
