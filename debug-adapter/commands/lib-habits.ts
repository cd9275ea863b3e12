/** What people type in gdb, crash and drgn, and the mdb line that does it: `::help -m`. */

export const habitNames = ['gdb', 'crash', 'drgn'] as const;
export type Habit = (typeof habitNames)[number];

export function isHabit(text: string): text is Habit {
  return habitNames.some((name) => name === text);
}

/** Empty where the other debugger has no command of its own for it. */
export const habits: readonly (Readonly<Record<Habit, string>> & {
  readonly task: string;
  readonly mdb: string;
})[] = [
  {
    task: 'what this dump is',
    mdb: '::status',
    gdb: 'info status',
    crash: 'sys',
    drgn: 'prog',
  },
  {
    task: 'why it panicked',
    mdb: '::panicinfo',
    gdb: 'bt',
    crash: 'sys, log',
    drgn: 'prog.crashed_thread()',
  },
  {
    task: 'print a structure',
    mdb: 'addr::print foo_t',
    gdb: 'p *(struct foo *)addr',
    crash: 'struct foo addr',
    drgn: 'Object(prog, "struct foo", address=addr)',
  },
  {
    task: 'one member, through pointers too',
    mdb: 'addr::print foo_t a.b->c',
    gdb: 'p ((struct foo *)addr)->a.b->c',
    crash: 'struct foo.a,b addr',
    drgn: 'obj.a.b',
  },
  {
    task: 'a global variable',
    mdb: 'name::print',
    gdb: 'p name',
    crash: 'p name',
    drgn: 'prog["name"]',
  },
  {
    task: 'layout and offsets',
    mdb: '::print -at foo_t',
    gdb: 'ptype /o struct foo',
    crash: 'struct -o foo',
    drgn: 'prog.type("struct foo")',
  },
  {
    task: 'size of a type',
    mdb: '::sizeof foo_t',
    gdb: 'p sizeof(struct foo)',
    crash: 'whatis foo',
    drgn: 'sizeof(prog.type("struct foo"))',
  },
  {
    task: 'offset of a member',
    mdb: '::offsetof foo_t m',
    gdb: 'p &((struct foo *)0)->m',
    crash: 'struct -o foo.m',
    drgn: 'offsetof(type, "m")',
  },
  {
    task: 'an enumeration',
    mdb: '::enum e',
    gdb: 'ptype enum e',
    crash: 'whatis enum e',
    drgn: 'prog.type("enum e")',
  },
  {
    task: 'follow a list',
    mdb: 'addr::list foo_t next',
    gdb: 'a loop',
    crash: 'list foo.next -s foo addr',
    drgn: 'list_for_each_entry()',
  },
  {
    task: 'all threads, all stacks',
    mdb: '::threadlist -v',
    gdb: 'thread apply all bt',
    crash: 'foreach bt',
    drgn: 'prog.threads()',
  },
  {
    task: 'processes',
    mdb: '::ps',
    gdb: '',
    crash: 'ps',
    drgn: 'for_each_task(prog)',
  },
  {
    task: 'stack of the CPU that panicked',
    mdb: '$C',
    gdb: 'bt',
    crash: 'bt',
    drgn: 'prog.stack_trace(task)',
  },
  {
    task: 'equal stacks, counted',
    mdb: '::stacks',
    gdb: '',
    crash: 'foreach bt',
    drgn: 'contrib/stack traces',
  },
  {
    task: 'registers',
    mdb: '::regs',
    gdb: 'info registers',
    crash: 'bt -r',
    drgn: 'trace[0].registers()',
  },
  {
    task: 'console messages',
    mdb: '::msgbuf',
    gdb: '',
    crash: 'log',
    drgn: 'print_dmesg()',
  },
  {
    task: 'CPUs',
    mdb: '::cpuinfo -v',
    gdb: 'info threads',
    crash: 'runq',
    drgn: 'for_each_online_cpu()',
  },
  {
    task: 'memory as words',
    mdb: 'addr/8J',
    gdb: 'x/8gx addr',
    crash: 'rd addr 8',
    drgn: 'prog.read(addr, 64)',
  },
  {
    task: 'memory as bytes',
    mdb: 'addr,40::dump',
    gdb: 'x/64xb addr',
    crash: 'rd -8 addr 64',
    drgn: 'prog.read(addr, 64)',
  },
  {
    task: 'search memory',
    mdb: 'value::kgrep',
    gdb: 'find start, end, value',
    crash: 'search value',
    drgn: 'search_memory()',
  },
  {
    task: 'what is at an address',
    mdb: 'addr::whatis',
    gdb: 'info symbol addr',
    crash: 'kmem addr, sym addr',
    drgn: 'identify_address(addr)',
  },
  {
    task: 'address of a symbol',
    mdb: 'name=K',
    gdb: 'info address name',
    crash: 'sym name',
    drgn: 'prog.symbol("name")',
  },
  {
    task: 'disassemble',
    mdb: 'name::dis',
    gdb: 'disassemble name',
    crash: 'dis name',
    drgn: '',
  },
  {
    task: 'virtual to physical',
    mdb: 'addr::vtop -v',
    gdb: '',
    crash: 'vtop addr',
    drgn: 'follow_phys(mm, addr)',
  },
  {
    task: 'keep some of many',
    mdb: "... | ::filter 'C expression'",
    gdb: 'a script',
    crash: 'foreach, grep',
    drgn: 'a list comprehension',
  },
  {
    task: 'count them',
    mdb: '... | ::count',
    gdb: 'a script',
    crash: '| wc -l',
    drgn: 'len(list(...))',
  },
  {
    task: 'arithmetic',
    mdb: '1+2=D',
    gdb: 'p 1+2',
    crash: 'eval 1+2',
    drgn: '1 + 2',
  },
];
