/** Lines of gdb, crash and drgn, and the mdb line that does the same: an answer for people who come from there. */

export interface Equivalent {
  /** The mdb line; undefined when what is meant is not certain. */
  readonly line: string | undefined;
  /** One sentence that names both. */
  readonly explanation: string;
}

interface Habit {
  /** Whose it is, for the sentence. */
  readonly of: string;
  readonly pattern: RegExp;
  /** The mdb line, or undefined when a match is no such line after all. */
  readonly mdb: (...groups: string[]) => string | undefined;
  /** False: the line shows the way but may not be what is meant. */
  readonly isCertain?: false;
}

/** What a line would be in mdb; undefined when it is no other debugger's that we know. */
export function equivalentOf(text: string): Equivalent | undefined {
  const line = text.trim();
  if (line.length > 300) return undefined;
  for (const { of, pattern, mdb, isCertain } of habits) {
    const match = pattern.exec(line);
    if (match === null) continue;
    const found = mdb(...match.slice(1).map((group) => group ?? ''));
    if (found === undefined) continue;
    const isCertainly = isCertain ?? true;
    return {
      line: isCertainly ? found : undefined,
      explanation: isCertainly ? `${of}'s ${line} is, in mdb: ${found}` : `in mdb: ${found}`,
    };
  }
  return undefined;
}

const structure = String.raw`((?:struct|union)\s+\w+)`;

const habits: readonly Habit[] = [
  // Stacks, threads, registers
  habit('gdb', /^(?:bt|backtrace|where)(?:\s+full)?$/, () => '$C'),
  guess('gdb', /^(?:up|down|f|frame|info\s+(?:frame|locals|args))(?:\s+\d+)?$/, () => '$C'),
  habit('gdb', /^thread\s+apply\s+all\s+(?:bt|backtrace)$/, () => '::threadlist -v'),
  habit('crash', /^(?:foreach\s+bt|bt\s+-a)$/, () => '::threadlist -v'),
  guess('crash', /^bt\s+(\S+)$/, (thread) => `${address(thread)}::stack`),
  habit('gdb', /^(?:info|i)\s+th(?:reads?)?$/, () => '::threadlist'),
  habit('gdb', /^(?:info|i)\s+r(?:egisters)?$/, () => '::regs'),
  habit('gdb', /^(?:info|i)\s+status$/, () => '::status'),
  habit('drgn', /^prog\.threads\(\)$/, () => '::threadlist'),
  habit('drgn', /^prog\.crashed_thread\(\)(?:\.stack_trace\(\))?$/, () => '::panicinfo'),
  // Memory
  habit('gdb', /^x(?:\/(\d*)([a-z]*))?\s+(\S+)$/, examine),
  habit('crash', /^rd(?:\s+-(?:64|x))?\s+(\S+)(?:\s+(\w+))?$/, (where, count) =>
    count === '' ? `${address(where)}/J` : `${address(where)}/${decimalCount(count)}J`,
  ),
  habit(
    'drgn',
    /^prog\.read\((\w+),\s*(\w+)\)$/,
    (where, size) => `${address(where)},${number(size)}::dump`,
  ),
  habit('crash', /^vtop\s+(\S+)$/, (where) => `${address(where)}::vtop -v`),
  habit('gdb', /^info\s+symbol\s+(\S+)$/, (where) => `${address(where)}::whatis`),
  habit('crash', /^(?:kmem|sym)\s+((?:0x)?[0-9a-f]{6,16})$/, (where) => `${where}::whatis`),
  habit('drgn', /^prog\.symbol\(["']?(\w+)["']?\)$/, (where) => `${address(where)}::whatis`),
  habit('gdb', /^info\s+address\s+(\w+)$/, (name) => `${name}=K`),
  habit('crash', /^sym\s+([A-Za-z_]\w*)$/, (name) => `${name}=K`),
  guess('gdb', /^find\s+.*$/, () => 'VALUE::kgrep'),
  guess('crash', /^search\s+.*$/, () => 'VALUE::kgrep'),
  // Code
  habit('gdb', /^disas(?:s(?:emble)?)?\s+(\S+)$/, (where) => `${address(where)}::dis`),
  habit('crash', /^dis\s+(?:-[a-z]+\s+)*(\w+)$/, (where) => `${address(where)}::dis`),
  habit('gdb', /^info\s+(?:files|sharedlibrary)$/, () => '::objects'),
  // Data and types
  habit('crash', new RegExp(`^${structure}\\s+-o(?:\\s+\\S+)?$`), (type) => `::print -at ${type}`),
  habit('crash', new RegExp(`^${structure}$`), (type) => `::print -at ${type}`),
  habit('crash', new RegExp(`^${structure}(?:\\.([\\w.,]+))?\\s+(?:-[xd]\\s+)?(\\w+)$`), members),
  habit(
    'gdb',
    new RegExp(`^(?:p|print)\\s+\\*\\s*\\(${structure}\\s*\\*\\)\\s*(\\w+)$`),
    (type, at) => `${address(at)}::print ${type}`,
  ),
  habit(
    'gdb',
    new RegExp(`^(?:p|print)\\s+\\(\\(${structure}\\s*\\*\\)\\s*(\\w+)\\)->([\\w.>\\[\\]-]+)$`),
    (type, at, path) => `${address(at)}::print ${type} ${path}`,
  ),
  habit('gdb', /^(?:p|print)\s+sizeof\s*\((.+)\)$/, (type) => `::sizeof ${type}`),
  habit('gdb', /^(?:p|print)(?:\/[a-z])?\s+\$(\w+)$/, (register) => `<${register}=p`),
  habit('gdb', /^(?:p|print)\s+&(\w+)$/, (name) => `${name}=K`),
  habit(
    'gdb',
    /^(?:p|print)(?:\/[xd])?\s+([-+*() 0-9]+|0x[0-9a-f]+)$/,
    (sum) => `${numbers(sum)}=J`,
  ),
  habit('gdb', /^(?:p|print)\s+([A-Za-z_]\w*)$/, (name) => `${name}::print`),
  habit('crash', /^eval\s+(\S+)$/, (sum) => `${sum}=J`),
  habit(
    'gdb',
    new RegExp(`^(?:ptype(?:/o)?|whatis)\\s+(${structure.slice(1, -1)}|\\w+_t)$`),
    (type) => `::print -at ${type}`,
  ),
  habit('gdb', /^(?:ptype|whatis)\s+(enum\s+\w+)$/, (type) => `::enum ${type}`),
  habit('drgn', /^prog\[["'](\w+)["']\]$/, (name) => `${name}::print`),
  habit('drgn', /^prog\.type\(["']([^"']+)["']\)$/, (type) => `::print -at ${type}`),
  habit(
    'drgn',
    /^Object\(prog,\s*["']([^"']+)["'],\s*address\s*=\s*(\w+)\)$/,
    (type, at) => `${address(at)}::print ${type}`,
  ),
  guess('crash', /^list\s+.*$/, () => 'ADDRESS::list TYPE MEMBER'),
  // The kernel
  habit('crash', /^ps$/, () => '::ps'),
  habit('crash', /^ps\s+-p$/, () => '::ptree'),
  habit('crash', /^(?:log|dmesg)$/, () => '::msgbuf'),
  habit('drgn', /^print_dmesg\(\)$/, () => '::msgbuf'),
  habit('crash', /^sys$/, () => '::status'),
  habit('crash', /^runq$/, () => '::cpuinfo -v'),
  habit('gdb', /^info\s+proc\s+mappings$/, () => '::mappings'),
  // The session
  habit('gdb', /^(?:q|quit|exit)(?:\(\))?$/, () => '::quit'),
  habit('gdb', /^help(?:\s+(\w+))?$/, (topic) => `::help ${topic}`.trim()),
  habit('gdb', /^apropos\s+(\w+)$/, (word) => `::apropos ${word}`),
  guess('gdb', /^(?:p|print|call|inspect)(?:\/[a-z])?\s+.+$/, () => 'ADDRESS::print TYPE MEMBER'),
  guess(
    'gdb',
    /^(?:b|break|tbreak|c|continue|s|step|n|next|run|finish|watch)(?:\s+\S+)?$/,
    () => 'a dump does not run: $C shows where each CPU stopped',
  ),
];

function habit(of: string, pattern: RegExp, mdb: Habit['mdb']): Habit {
  return { of, pattern, mdb };
}

function guess(of: string, pattern: RegExp, mdb: Habit['mdb']): Habit {
  return { of, pattern, mdb, isCertain: false };
}

/** gdb's `x/8gx`: count, unit (b h w g) and format become one mdb letter. */
function examine(count = '', letters = '', where = ''): string | undefined {
  const unit = /[bhwg]/.exec(letters)?.[0] ?? 'w';
  const format = /[xduotacsi]/.exec(letters)?.[0] ?? 'x';
  const letter = examineLetters[format]?.[unit];
  return letter === undefined ? undefined : `${address(where)}/${count}${letter}`;
}

const examineLetters: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  x: { b: 'B', h: 'x', w: 'X', g: 'J' },
  d: { b: 'v', h: 'd', w: 'D', g: 'e' },
  u: { b: 'V', h: 'u', w: 'U', g: 'E' },
  o: { b: 'b', h: 'o', w: 'O', g: 'G' },
  t: { b: 'R', h: 'R', w: 'R', g: 'R' },
  a: { b: 'p', h: 'p', w: 'p', g: 'p' },
  c: { b: 'c', h: 'c', w: 'c', g: 'c' },
  s: { b: 's', h: 's', w: 's', g: 's' },
  i: { b: 'i', h: 'i', w: 'i', g: 'i' },
};

/** crash's `struct foo.a,b ADDRESS`. */
function members(type = '', list = '', where = ''): string {
  const paths = list === '' ? '' : ` ${list.split(',').join(' ')}`;
  return `${address(where)}::print ${type}${paths}`;
}

/** An address as mdb writes it: `$sp` is a variable, `&x` is `x`. */
function address(text = ''): string {
  return text.replace(/^\$/, '<').replace(/^&/, '');
}

/** Numbers without a prefix are decimal in C. */
function number(text = ''): string {
  return /^[0-9]+$/.test(text) && text.length > 1 ? `0t${text}` : text;
}

function numbers(sum = ''): string {
  return sum.replaceAll(/\b[0-9]{2,}\b/g, (digits) => `0t${digits}`).replaceAll(' ', '');
}

function decimalCount(text = ''): string {
  return /^[0-9]+$/.test(text) ? text : '';
}
