/** Small kernels for tests of the machine, built with gcc and ld when a test needs them. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { readKernelImage } from '../../simulator/machine/image.ts';
import type { KernelImage } from '../../simulator/machine/machine.ts';

export const fixtures = resolve(import.meta.dirname, '../simulator/machine/fixtures');

/** What a kernel is compiled with; `docs/platform.md` has the reasons. */
export const kernelFlags = [
  '-ffreestanding',
  '-mgeneral-regs-only',
  '-mno-red-zone',
  '-mcmodel=kernel',
  '-fno-omit-frame-pointer',
  '-fcf-protection=none',
  '-fno-stack-protector',
  '-fno-pic',
  '-g',
];

/** C addresses as the platform has them; sections that a debugger needs stay. */
const linkerScript = `ENTRY(start)
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
SECTIONS {
  . = 0xffffffff80100000;
  .text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text*) } :text
  .rodata : AT(ADDR(.rodata) - 0xffffffff80000000) { *(.rodata*) } :text
  .schedule_points : AT(ADDR(.schedule_points) - 0xffffffff80000000) { *(.schedule_points) } :text
  . = ALIGN(4096);
  .data : AT(ADDR(.data) - 0xffffffff80000000) { *(.data*) } :data
  .bss : AT(ADDR(.bss) - 0xffffffff80000000) { *(.bss*) *(COMMON) } :data
  /DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) }
}`;

export interface KernelSource {
  /** Text of an assembly file with the symbol \`start\`. */
  readonly assembly: string;
  /** C files, by path. */
  readonly files?: readonly string[];
  /** Text of a C file. */
  readonly c?: string;
  readonly flags?: readonly string[];
}

export interface BuiltKernel {
  readonly image: KernelImage;
  readonly bytes: Uint8Array;
}

/** Compiles and links a kernel, once for the same sources and flags. Throws with the tool's words when it can't. */
export function buildKernel(source: KernelSource): BuiltKernel {
  const hash = createHash('sha256').update(linkerScript).update(JSON.stringify(source));
  for (const path of [...(source.files ?? []), ...headers()]) hash.update(readFileSync(path));
  const cache = join(tmpdir(), 'corewalk-test-kernels');
  const path = join(cache, `${hash.digest('hex').slice(0, 24)}.elf`);
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    compile(source, path);
  }
  const bytes = new Uint8Array(readFileSync(path));
  return { image: readKernelImage(bytesSource(bytes, 'kernel.elf')), bytes };
}

function compile(source: KernelSource, path: string): void {
  inFolder((folder) => {
    const files = [join(folder, 'start.S'), ...(source.files ?? [])];
    writeFileSync(join(folder, 'start.S'), source.assembly);
    writeFileSync(join(folder, 'kernel.ld'), linkerScript);
    if (source.c !== undefined) {
      writeFileSync(join(folder, 'kernel.c'), source.c);
      files.push(join(folder, 'kernel.c'));
    }
    // Two test processes may build the same one: the last rename wins, with the same contents.
    const output = `${path}.${process.pid}`;
    const link = ['-nostdlib', '-static', '-no-pie', `-Wl,-T,${join(folder, 'kernel.ld')}`];
    const page = [
      '-Wl,-z,max-page-size=0x1000',
      '-Wl,--build-id=none',
      '-Wl,--no-warn-rwx-segments',
    ];
    tool('gcc', [
      ...kernelFlags,
      ...(source.flags ?? []),
      ...link,
      ...page,
      '-o',
      output,
      ...files,
    ]);
    renameSync(output, path);
  });
}

/** What the C of a test may include. */
function headers(): string[] {
  return readdirSync(fixtures)
    .filter((name) => name.endsWith('.h'))
    .map((name) => join(fixtures, name));
}

/** Builds a program of the host and gives it `input`. */
export function runOnHost(
  files: readonly string[],
  flags: readonly string[],
  input: string | Uint8Array,
): Buffer {
  return inFolder((folder) => {
    const output = join(folder, 'program');
    tool('gcc', [...flags, '-o', output, ...files]);
    return tool(output, [], input);
  });
}

/** Runs a tool; throws when it fails. */
export function tool(
  name: string,
  parameters: readonly string[],
  input?: string | Uint8Array,
): Buffer {
  const result = spawnSync(name, parameters, {
    ...(input === undefined ? {} : { input }),
    maxBuffer: 1 << 28,
  });
  if (result.status !== 0)
    throw new Error(`${name}: ${result.error?.message ?? result.stderr.toString()}`);
  return result.stdout;
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'corewalk-machine-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Gives a file of that name and text to `use`, for as long as it runs. */
export function withFile<T>(name: string, text: string, use: (path: string) => T): T {
  return inFolder((folder) => {
    writeFileSync(join(folder, name), text);
    return use(join(folder, name));
  });
}
