/** The guided investigations, one for each bug: the table. */
import { LookupError } from '../../dump-format/errors.ts';
import { akaros } from './akaros.ts';
import { dragonfly } from './dragonfly.ts';
import { freebsd } from './freebsd.ts';
import { illumos } from './illumos.ts';
import type { Investigation } from './investigation.ts';
import { kvm } from './kvm.ts';

export const investigations: readonly Investigation[] = [illumos, akaros, dragonfly, freebsd, kvm];

/** @throws LookupError naming those that there are */
export function investigationNamed(name: string): Investigation {
  const found = investigations.find((each) => each.name === name);
  if (found) return found;
  const names = investigations.map((each) => each.name).join(', ');
  throw new LookupError(`no investigation '${name}'; there are ${names}`);
}
