/** The table of kernels, in the order in which they are tried. */
import { akaros } from './akaros/index.ts';
import { dragonfly } from './dragonfly/index.ts';
import { freebsd } from './freebsd/index.ts';
import { illumos } from './illumos/index.ts';
import { kvm } from './kvm/index.ts';
import { linux } from './linux/index.ts';
import type { KernelModule } from './kernel.ts';

export const kernelModules: readonly KernelModule[] = [
  illumos,
  akaros,
  dragonfly,
  freebsd,
  kvm,
  linux,
];
