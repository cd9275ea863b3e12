/** The table of commands that every dump has; a kernel module adds its own. One line each, sorted by name. */
import { apropos } from './apropos.ts';
import { array } from './array.ts';
import { cat } from './cat.ts';
import { check } from './check.ts';
import type { Dcmd, Walker } from './command.ts';
import { cpuinfo } from './cpuinfo.ts';
import { dcmds, walkers as walkersDcmd } from './dcmds.ts';
import { dis } from './dis.ts';
import { dmods } from './dmods.ts';
import { dump } from './dump.ts';
import { echo } from './echo.ts';
import { enumDcmd } from './enum.ts';
import { evalCommand } from './eval.ts';
import { filter } from './filter.ts';
import { findleaks } from './findleaks.ts';
import { formats } from './formats.ts';
import { fpregs } from './fpregs.ts';
import { files, globals } from './globals.ts';
import { grep } from './grep.ts';
import { head } from './head.ts';
import { help } from './help.ts';
import { kgrep } from './kgrep.ts';
import { linkerset, linkersetsWalker, linkersetWalker } from './linkerset.ts';
import { list } from './list.ts';
import { log, logTo } from './log.ts';
import { macro, macroCall, macroList } from './macro.ts';
import { map } from './map.ts';
import { mappings } from './mappings.ts';
import { msgbuf } from './msgbuf.ts';
import { nm } from './nm.ts';
import { nmadd, nmdel } from './nmadd.ts';
import { objects } from './objects.ts';
import { offsetof } from './offsetof.ts';
import { pageWidth } from './page-width.ts';
import { panicinfo } from './panicinfo.ts';
import { pointers } from './pointers.ts';
import { print } from './print.ts';
import { printf } from './printf.ts';
import { prompt } from './prompt.ts';
import { ps, ptree } from './ps.ts';
import { quit } from './quit.ts';
import { radix } from './radix.ts';
import { refs } from './refs.ts';
import { refused } from './refused.ts';
import { cpuregs, regs } from './regs.ts';
import { set } from './set.ts';
import { showrev } from './showrev.ts';
import { sizeof } from './sizeof.ts';
import { sort, uniq } from './sort.ts';
import { cpustack, findstack, stack, stackregs, stackWithPointers } from './stack.ts';
import { stacks } from './stacks.ts';
import { stackscan } from './stackscan.ts';
import { status } from './status.ts';
import { statusAndRegisters } from './status-and-registers.ts';
import { symbolDistance } from './symbol-distance.ts';
import { table } from './table.ts';
import { count, tail } from './tail.ts';
import { threadlist } from './threadlist.ts';
import { include, typedef } from './typedef.ts';
import { typelist } from './typelist.ts';
import { typeset } from './typeset.ts';
import { unset } from './unset.ts';
import { nonZeroVars, vars } from './vars.ts';
import { version } from './version.ts';
import { vtop } from './vtop.ts';
import { walk } from './walk.ts';
import { whatis } from './whatis.ts';
import { istype, notype, whattype } from './whattype.ts';
import { which } from './which.ts';

export const commands: readonly Dcmd[] = [
  apropos,
  array,
  cat,
  check,
  count,
  cpuinfo,
  cpuregs,
  cpustack,
  dcmds,
  dis,
  dmods,
  dump,
  echo,
  enumDcmd,
  evalCommand,
  files,
  filter,
  findleaks,
  findstack,
  formats,
  fpregs,
  globals,
  grep,
  head,
  help,
  include,
  istype,
  kgrep,
  linkerset,
  list,
  log,
  logTo,
  macro,
  macroCall,
  macroList,
  map,
  mappings,
  msgbuf,
  nm,
  nmadd,
  nmdel,
  nonZeroVars,
  notype,
  objects,
  offsetof,
  pageWidth,
  panicinfo,
  pointers,
  print,
  printf,
  prompt,
  ps,
  ptree,
  quit,
  radix,
  refs,
  ...refused,
  regs,
  set,
  showrev,
  sizeof,
  sort,
  stack,
  stackregs,
  stacks,
  stackscan,
  stackWithPointers,
  status,
  statusAndRegisters,
  symbolDistance,
  table,
  tail,
  threadlist,
  typedef,
  typelist,
  typeset,
  uniq,
  unset,
  vars,
  version,
  vtop,
  walk,
  walkersDcmd,
  whatis,
  whattype,
  which,
];

export const walkers: readonly Walker[] = [linkersetsWalker, linkersetWalker];
