/** How many instructions the machine executes in a second: a loop that gcc made, translation and memory model on. */
import { openFile } from '../../dump-format/file-source.ts';
import { createMachine } from '../../simulator/machine/create-machine.ts';
import { readKernelImage } from '../../simulator/machine/image.ts';
import { seconds, type Row } from './measure.ts';

const window = 0xffffffff80000000n;
const stepsPerRun = 20_000_000;

/** `memcmp` of a kernel image over two equal ranges: loads, a comparison and a branch for each byte. */
export function machineRows(imagePath: string): Row[] {
  const image = readKernelImage(openFile(imagePath));
  const code = image.symbols.byName('memcmp')?.address;
  if (code === undefined) throw new Error(`${imagePath}: has no memcmp`);
  return (['sc', 'tso'] as const).map((memoryModel) => {
    const machine = createMachine(image, { cpus: 1, memoryModel });
    const registers: Readonly<Record<string, bigint>> = {
      rip: code,
      rdi: window + 0x1000000n,
      rsi: window + 0x2000000n,
      rdx: 0x1000000n,
      rsp: window + 0x900000n,
    };
    const start = (): void => {
      for (const [name, value] of Object.entries(registers)) machine.setRegister(0, name, value);
    };
    const taken = seconds(5, () => {
      start();
      const result = machine.execute(0, stepsPerRun);
      if (result !== 'budget')
        throw new Error(`the machine stopped: ${machine.stop?.detail ?? result}`);
    });
    return {
      what: `machine, compiled memcmp, memory model ${memoryModel}`,
      ours: { value: stepsPerRun / taken, unit: 'instructions/s' },
      peers: {},
      target: '30 M instructions/s',
    };
  });
}
