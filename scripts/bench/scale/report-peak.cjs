/** Loaded before a program that is measured: writes its peak memory to the file that COREWALK_BENCH_PEAK names. */
const { readFileSync, writeFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (isMainThread)
  process.on('exit', () => {
    const found = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
    writeFileSync(process.env.COREWALK_BENCH_PEAK, found ? String(Number(found[1]) * 1024) : '');
  });
