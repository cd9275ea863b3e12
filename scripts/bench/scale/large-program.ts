/** Makes a kernel with hundreds of megabytes of debug information: one compile unit made by gcc, copied under other names, linked by ld. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openElf } from '../../../dump-format/elf/elf.ts';
import { openFile } from '../../../dump-format/file-source.ts';
import { bytesSource } from '../../../dump-format/byte-source.ts';

/** What stands in each name for the number of its unit; every copy has another one of the same length. */
const placeholder = 'u0000';

/** Structs and functions of one unit. */
const structCount = 400;
const functionCount = 1200;

export interface LargeProgram {
  readonly path: string;
  /** Compile units. */
  readonly unitCount: number;
  /** Bytes of all `.debug_*` sections. */
  readonly debugBytes: number;
}

/** Names that a unit has: the last struct and the last function are the hardest to find. */
export function namesOf(unit: number): {
  readonly struct: string;
  readonly function: string;
  readonly variable: string;
} {
  const name = unitName(unit);
  return {
    struct: `struct record_${name}_${structCount - 1}`,
    function: `work_${name}_${functionCount - 1}`,
    variable: `table_${name}`,
  };
}

/** Writes an image whose debug information has at least `debugBytes`. Needs gcc. */
export function writeLargeProgram(folder: string, debugBytes: number): LargeProgram {
  writeFileSync(join(folder, 'unit.c'), largeSource());
  const flags = '-g -O1 -fno-pie -fno-omit-frame-pointer -mcmodel=kernel -ffreestanding -c';
  execFileSync('gcc', [...flags.split(' '), `-ffile-prefix-map=${folder}=/src`, 'unit.c'], {
    cwd: folder,
  });
  const object = readFileSync(join(folder, 'unit.o'));
  const unitCount = Math.ceil(debugBytes / linkedDebugBytes(object));
  const places = placesOf(object, placeholder);
  const objects: string[] = [];
  for (let unit = 0; unit < unitCount; unit++) {
    for (const place of places) object.write(unitName(unit), place, 'latin1');
    const name = `unit${unit}.o`;
    writeFileSync(join(folder, name), object);
    objects.push(name);
  }
  const words = ['-nostdlib', '-static', '-no-pie', '-Wl,-Ttext=0xffffffff80100000'];
  writeFileSync(join(folder, 'objects'), objects.join('\n'));
  execFileSync('gcc', [...words, `-Wl,-e,${namesOf(0).function}`, '@objects', '-o', 'large'], {
    cwd: folder,
    stdio: 'pipe',
  });
  for (const name of [...objects, 'unit.o', 'unit.c', 'objects']) rmSync(join(folder, name));
  const path = join(folder, 'large');
  return { path, unitCount, debugBytes: debugBytesOf(path) };
}

function unitName(unit: number): string {
  return `u${unit.toString().padStart(4, '0')}`;
}

/** The text of a unit: structs that point to one another, enums, functions with parameters, locals and inlined calls. */
export function largeSource(): string {
  const lines = ['typedef unsigned long ulong_t;'];
  for (let index = 0; index < structCount; index++) {
    const name = `${placeholder}_${index}`;
    const other = `struct record_${placeholder}_${Math.floor(index / 2)}`;
    lines.push(
      `enum state_${name} { IDLE_${name}, BUSY_${name} = ${index + 1}, DONE_${name} };`,
      `typedef struct record_${name} { ulong_t count; ${other} *parent; enum state_${name} state;`,
      ` char name[${8 + (index % 24)}]; union { int number; void *object; } u; unsigned flag : 3, kind : ${1 + (index % 9)};`,
      ` int (*start)(struct record_${name} *, int); ulong_t used_${index}, free_${index}; short row[${1 + (index % 7)}]; } record_${name}_t;`,
    );
  }
  lines.push(`struct record_${placeholder}_${structCount - 1} table_${placeholder}[4];`);
  lines.push(
    'static inline long mix(long a, long b) { long c = a * 31 + b; return c ^ (c >> 7); }',
  );
  for (let index = 0; index < functionCount; index++) {
    const record = `struct record_${placeholder}_${index % structCount}`;
    lines.push(
      `long work_${placeholder}_${index}(${record} *r, int depth) {`,
      `  long sum = 0; ulong_t left = r->count;`,
      `  for (int i = 0; i < depth; i++) { long part = mix(sum, r->row[0]); sum += part; left -= i; }`,
      `  return mix(sum, (long)left); }`,
    );
  }
  return lines.join('\n');
}

function placesOf(bytes: Buffer, text: string): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at);
  return places;
}

/** Bytes of the debug information of one object, as linking leaves them. */
function linkedDebugBytes(object: Buffer): number {
  const file = openElf(bytesSource(object, 'unit.o'));
  return file.sections
    .filter(({ name }) => name.startsWith('.debug_'))
    .reduce((sum, { size }) => sum + size, 0);
}

function debugBytesOf(path: string): number {
  const file = openElf(openFile(path));
  const bytes = file.sections
    .filter(({ name }) => name.startsWith('.debug_'))
    .reduce((sum, { size }) => sum + size, 0);
  file.source.close();
  return bytes;
}
