/** The table of checkers, in the order in which they report. */
import type { Check } from './check.ts';
import { bulkCount } from './bulkcount.ts';
import { actcount } from './actcount.ts';
import { ctxopLayout } from './ctxop-layout.ts';
import { ctxopList } from './ctxop-list.ts';
import { ctxopOrder } from './ctxop-order.ts';
import { ctxopUnbalanced } from './ctxop-unbalanced.ts';
import { ctxopArgument } from './ctxop-arg.ts';
import { ctxopCost } from './ctxop-cost.ts';
import { fpuCheck } from './fpu.ts';
import { fpuOwner } from './fpu-owner.ts';
import { fpuTs } from './fpu-ts.ts';
import { generation } from './generation.ts';
import { hint } from './hint.ts';
import { guestFpuPollution } from './guest-fpu-pollution.ts';
import { coreContext } from './core-ctx.ts';
import { curpmap } from './curpmap.ts';
import { eptp } from './eptp.ts';
import { fences } from './fences.ts';
import { inveptCheck } from './invept.ts';
import { kassert } from './kassert.ts';
import { kmsgOrder } from './kmsg-order.ts';
import { invwd } from './invwd.ts';
import { kvmclob } from './kvmclob.ts';
import { kvmpend } from './kvmpend.ts';
import { npgs } from './npgs.ts';
import { orphan } from './orphan.ts';
import { pgm } from './pgm.ts';
import { pgw } from './pgw.ts';
import { pmact } from './pmact.ts';
import { procref } from './procref.ts';
import { ptetoken } from './ptetoken.ts';
import { ref } from './ref.ts';
import { stackCheck } from './stack.ts';
import { staletlb } from './staletlb.ts';
import { swapcrc } from './swapcrc.ts';
import { swapio } from './swapio.ts';
import { swmeta } from './swmeta.ts';
import { tlbCheck } from './tlb.ts';
import { uafpoison } from './uafpoison.ts';
import { usermode } from './usermode.ts';
import { vpte } from './vpte.ts';
import { vcores } from './vcores.ts';
import { vmcsHardware } from './vmcs-hw.ts';
import { vmcsOwner } from './vmcs-owner.ts';

export const checks: readonly Check[] = [
  ctxopLayout,
  ctxopList,
  ctxopOrder,
  ctxopUnbalanced,
  ctxopArgument,
  ctxopCost,
  fpuOwner,
  fpuTs,
  guestFpuPollution,
  vmcsOwner,
  vmcsHardware,
  inveptCheck,
  procref,
  eptp,
  coreContext,
  vcores,
  kmsgOrder,
  tlbCheck,
  pmact,
  npgs,
  invwd,
  orphan,
  pgw,
  pgm,
  swapcrc,
  swapio,
  swmeta,
  bulkCount,
  generation,
  fpuCheck,
  hint,
  vpte,
  ptetoken,
  usermode,
  kvmpend,
  kvmclob,
  uafpoison,
  curpmap,
  staletlb,
  ref,
  fences,
  kassert,
  actcount,
  stackCheck,
];
