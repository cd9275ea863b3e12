/** How many instructions the machine executes in a second: code that gcc made, translation and memory model on. */
import { openFile } from '../../dump-format/file-source.ts';
import { createMachine } from '../../simulator/machine/create-machine.ts';
import { readKernelImage } from '../../simulator/machine/image.ts';
import type { Machine } from '../../simulator/machine/machine.ts';
import { workKernel } from './machine-work.ts';
import { isInstalled, seconds, type Row } from './measure.ts';

const window = 0xffffffff80000000n;
const stepsPerRun = 20_000_000;

const memoryModels = ['sc', 'tso'] as const;

/** A scan of bytes out of a kernel image; and, where there is gcc, a mixture of what kernels do. */
export function machineRows(imagePath: string): Row[] {
  const scan = scanRows(imagePath);
  return isInstalled('gcc') ? [...scan, ...mixtureRows()] : scan;
}

/** `memcmp` of two equal ranges: loads, a comparison and a branch for each byte. */
function scanRows(imagePath: string): Row[] {
  const image = readKernelImage(openFile(imagePath));
  const code = image.symbols.byName('memcmp')?.address;
  if (code === undefined) throw new Error(`${imagePath}: has no memcmp`);
  const registers: Readonly<Record<string, bigint>> = {
    rip: code,
    rdi: window + 0x1000000n,
    rsi: window + 0x2000000n,
    rdx: 0x1000000n,
    rsp: window + 0x900000n,
  };
  return memoryModels.map((memoryModel) => {
    const machine = createMachine(image, { cpus: 1, memoryModel });
    return row(`machine, compiled memcmp, memory model ${memoryModel}`, machine, () => {
      for (const [name, value] of Object.entries(registers)) machine.setRegister(0, name, value);
    });
  });
}

/** A list walk with a hash, a scan of bytes, a fill: loads, stores, branches and calls. */
function mixtureRows(): Row[] {
  const kernel = workKernel('-Og');
  return memoryModels.map((memoryModel) => {
    const machine = createMachine(kernel, { cpus: 1, memoryModel });
    return row(`machine, list walk, hash and fill, memory model ${memoryModel}`, machine, () => {});
  });
}

function row(what: string, machine: Machine, start: () => void): Row {
  const taken = seconds(5, () => {
    start();
    const result = machine.execute(0, stepsPerRun);
    if (result !== 'budget')
      throw new Error(`the machine stopped: ${machine.stop?.detail ?? result}`);
  });
  return {
    what,
    ours: { value: stepsPerRun / taken, unit: 'instructions/s' },
    peers: {},
    target: '60 M instructions/s',
  };
}
