/** A small kernel made by gcc and a dump of it as if it had panicked, with two CPUs and stacks of real frames. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import type { CoreSegment, CoreSpecification } from '../../dump-format/core-writer.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { PT_LOAD } from '../../dump-format/elf/constants.ts';
import { openElf, type ElfFile } from '../../dump-format/elf/elf.ts';

export const kernelBase = 0xffff_ffff_8000_0000n;
const stackBase = 0xffff_fe00_0200_0000n;
const stackBytes = 8192;

export const kernelSource = `
struct node { long value; struct node *next; };
struct node tail = { 3, 0 }, middle = { 2, &tail }, head = { 1, &middle };
const char version[] = "SunOS 5.11";
int scratch[5000];
struct node *list = &head;
__attribute__((noinline)) void panic(const char *why) { for (;;) __asm__ volatile("hlt" :: "r"(why)); }
__attribute__((noinline)) void savectx(struct node *first) { long sum = first->value; panic("bad ctxop"); scratch[0] = sum; }
__attribute__((noinline)) void swtch(void) { savectx(list); scratch[1]++; }
void _start(void) { swtch(); scratch[2]++; }
`;

const linkerScript = `
ENTRY(_start)
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); note PT_NOTE FLAGS(4); }
SECTIONS {
  . = 0xffffffff80100000;
  .text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text*) } :text
  .rodata : AT(ADDR(.rodata) - 0xffffffff80000000) { *(.rodata*) } :text
  .eh_frame : AT(ADDR(.eh_frame) - 0xffffffff80000000) { KEEP(*(.eh_frame)) } :text
  .note.gnu.build-id : AT(ADDR(.note.gnu.build-id) - 0xffffffff80000000) { *(.note.gnu.build-id) } :text :note
  . = ALIGN(4096);
  .data : AT(ADDR(.data) - 0xffffffff80000000) { *(.data*) } :data
  .bss : AT(ADDR(.bss) - 0xffffffff80000000) { *(.bss*) *(COMMON) } :data
  /DISCARD/ : { *(.comment) *(.note.GNU-stack) *(.note.gnu.property) }
}
`;

/** Whether a program can be run here. */
export function hasTool(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A directory that goes when the tests of a file end. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'corewalk-dump-format-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Compiles and links the kernel; returns the path of the image. */
export function buildKernel(directory: string, extraFlags: readonly string[] = []): string {
  writeFileSync(join(directory, 'unix.c'), kernelSource);
  writeFileSync(join(directory, 'unix.ld'), linkerScript);
  const flags = [
    ...'-g -O0 -ffreestanding -mgeneral-regs-only -mno-red-zone -mcmodel=kernel'.split(' '),
    ...'-fno-omit-frame-pointer -fcf-protection=none -fno-pie -fno-stack-protector'.split(' '),
    ...'-nostdlib -static -no-pie -Wl,-z,max-page-size=0x1000 -Wl,--build-id=sha1'.split(' '),
  ];
  execFileSync(
    'gcc',
    [
      ...flags,
      ...extraFlags,
      `-ffile-prefix-map=${directory}=/src`,
      '-Wl,-T,unix.ld',
      'unix.c',
      '-o',
      'unix',
    ],
    { cwd: directory, stdio: 'pipe' },
  );
  return join(directory, 'unix');
}

/** A dump of that kernel: CPU 1 has panicked in `panic`, CPU 0 runs `swtch`. */
export function panickedKernel(path: string): CoreSpecification {
  const image = openElf(bytesSource(readFileSync(path), 'unix'));
  const symbols = openDump(bytesSource(readFileSync(path), 'unix')).symbols;
  const addressOf = (name: string): bigint => symbols.byName(name)?.address ?? 0n;
  const segments = loadedSegments(image);
  const stack = new Uint8Array(stackBytes);
  const view = new DataView(stack.buffer);
  let frame = stackBase + BigInt(stackBytes) - 256n;
  const push = (framePointer: bigint, caller: bigint, returnAddress: bigint): void => {
    view.setBigUint64(Number(framePointer - stackBase), caller, true);
    view.setBigUint64(Number(framePointer - stackBase) + 8, returnAddress, true);
  };
  push(frame, 0n, 0n);
  for (const [caller, callee] of [
    ['_start', 'swtch'],
    ['swtch', 'savectx'],
    ['savectx', 'panic'],
  ] as const) {
    const next = frame - 64n;
    push(next, frame, returnAddress(segments, addressOf(caller), addressOf(callee)));
    if (callee === 'savectx') setLocal(view, next, -24n, addressOf('head'));
    if (callee === 'savectx') setLocal(view, next, -8n, 1n);
    frame = next;
  }
  setLocal(view, frame, -8n, addressOf('version'));
  const registers = (rip: bigint, rbp: bigint): Map<string, bigint> =>
    new Map([
      ['rip', rip],
      ['rbp', rbp],
      ['rsp', rbp - 32n],
      ['rax', 0x1111n],
      ['r15', 0xffff_ffff_ffff_fffen],
      ['cs', 8n],
      ['ss', 16n],
      ['rflags', 0x46n],
      ['gs_base', addressOf('scratch')],
    ]);
  const physicalStack = { physicalAddress: 0x40_0000n, size: stackBytes, flags: 6 };
  return {
    image,
    imageName: 'unix',
    panickingCpu: 1,
    signal: 6,
    cpus: [
      {
        cpu: 0,
        registers: registers(addressOf('_start') + 4n, stackBase + BigInt(stackBytes) - 256n),
        fxsave: undefined,
      },
      {
        cpu: 1,
        registers: registers(addressOf('panic') + 8n, frame),
        fxsave: new Uint8Array(512).fill(7),
      },
    ],
    segments: [
      ...segments,
      { ...physicalStack, virtualAddress: stackBase, contents: stack },
      { ...physicalStack, virtualAddress: kernelBase + 0x40_0000n, contents: stack },
      {
        physicalAddress: 0x50_0000n,
        virtualAddress: undefined,
        size: 4096,
        flags: 6,
        contents: new Uint8Array(4096).fill(0x5a),
      },
    ],
    info: new Map([
      ['OSRELEASE', '5.11'],
      ['PAGESIZE', '4096'],
    ]),
    notes: [{ owner: 'SIMHW', type: 0x53494d31, data: Uint8Array.of(1, 0, 0, 0, 62, 0) }],
    sources: new Map([['/src/unix.c', kernelSource]]),
  };
}

function setLocal(view: DataView, frame: bigint, offset: bigint, value: bigint): void {
  view.setBigUint64(Number(frame + offset - stackBase), value, true);
}

/** The image as it lies in memory, `.bss` included. */
function loadedSegments(image: ElfFile): CoreSegment[] {
  const segments: CoreSegment[] = [];
  for (const header of image.programHeaders()) {
    if (header.type !== PT_LOAD) continue;
    const contents = new Uint8Array(Math.ceil(Number(header.memorySize) / 4096) * 4096);
    contents.set(image.source.read(header.offset, header.fileSize));
    segments.push({
      virtualAddress: header.virtualAddress,
      physicalAddress: header.physicalAddress,
      size: contents.length,
      flags: header.flags,
      contents,
    });
  }
  return segments;
}

/** The address behind the `call` of one function in another. */
function returnAddress(segments: readonly CoreSegment[], caller: bigint, callee: bigint): bigint {
  const text = segments[0];
  if (!text || typeof text.contents === 'function' || text.virtualAddress === undefined)
    throw new Error('the first segment is the text');
  const view = new DataView(text.contents.buffer);
  for (let at = Number(caller - text.virtualAddress); at < text.size - 5; at++) {
    const next = text.virtualAddress + BigInt(at + 5);
    if (view.getUint8(at) === 0xe8 && next + BigInt(view.getInt32(at + 1, true)) === callee)
      return next;
  }
  throw new Error('no such call');
}
