/** Why a Linux kernel stopped: the CPU that panicked, and its own words. */
import type { Target } from '../../target/target.ts';
import { kernelMessages } from './printk.ts';
import { readOr } from './tasks.ts';

/** What precedes the reason. Source: linux, kernel/panic.c, `panic`. */
const panicLine = /^Kernel panic - not syncing: (.*)$/;

/** First lines of reports that may end in a panic or in kexec. Source: linux, arch/x86/mm/fault.c, arch/x86/kernel/traps.c, lib/bug.c. */
const oopsLine =
  /^(BUG: .*|kernel BUG at .*|general protection fault.*|invalid opcode: .*|Oops: .*|divide error: .*|stack segment: .*|double fault: .*)$/;

/** The CPU in `panic`; undefined when none is. */
export function panicCpu(target: Target): number | undefined {
  const number = readOr(-1n, () =>
    target.hasGlobal('panic_cpu') ? target.global('panic_cpu').member('counter').signed() : -1n,
  );
  return number < 0n ? undefined : Number(number);
}

/** The last reason for a panic, and what it was reported after: `Fatal exception` says little alone. */
export function panicMessage(target: Target): string | undefined {
  let oops: string | undefined;
  let panic: string | undefined;
  for (const { text } of kernelMessages(target)) {
    const reason = panicLine.exec(text)?.[1];
    if (reason !== undefined) panic = reason;
    else if (panic === undefined && oopsLine.test(text)) oops = text;
  }
  if (panic === undefined) return panicCpu(target) === undefined ? undefined : oops;
  return oops !== undefined && panic.startsWith('Fatal exception') ? `${panic}: ${oops}` : panic;
}
