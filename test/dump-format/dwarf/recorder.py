"""Runs a program in gdb, instruction by instruction, and prints what gdb knows of every frame: the oracle of frames.test.ts.

Needs `every` (frames are looked at on each such step) and `sections` (address and size of what holds variables).
"""
import struct

physical = ['rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp'] + ['r%d' % n for n in range(8, 16)] + ['rip']
preserved = ['rbx', 'rbp', 'rsp', 'r12', 'r13', 'r14', 'r15', 'rip']
not_compared = 'gdb can not tell'
integers = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_CHAR, gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_ENUM, gdb.TYPE_CODE_PTR)


def show(value):
    try:
        kind = value.type.strip_typedefs()
        if kind.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            return {field.name: show(value[field]) for field in kind.fields()}
        if kind.code == gdb.TYPE_CODE_ARRAY:
            return [show(value[index]) for index in range(min(kind.range()[1] + 1, 16))]
        # Of a struct it would be true when any part is.
        if value.is_optimized_out: return None
        if kind.code == gdb.TYPE_CODE_INT and kind.sizeof > 8:
            text = value.format_string(format='x')
            return None if 'optimized out' in text else str(int(text, 16))
        if kind.code in integers:
            if 'synthetic' in str(value): return None
            return str(int(value) % (1 << 8 * kind.sizeof))
        if kind.code == gdb.TYPE_CODE_FLT:
            number = struct.pack('<f' if kind.sizeof == 4 else '<d', float(value))
            return str(int.from_bytes(number, 'little'))
        return not_compared
    except gdb.error as error:
        if 'uninit' in str(error): return not_compared
        return None if 'optimized out' in str(error) or 'synthetic' in str(error) else 'error: ' + str(error)
    except OverflowError:
        return not_compared


def symbols(frame):
    found = []
    try:
        block = frame.block()
    except RuntimeError:
        return found
    while block and not block.is_global and not block.is_static:
        for symbol in block:
            if symbol.is_variable or symbol.is_argument or symbol.is_constant:
                try:
                    value = show(symbol.value(frame))
                except gdb.error as error:
                    # gdb takes DW_OP_GNU_uninit only at the very end, gcc writes it in each piece.
                    value = not_compared if 'uninit' in str(error) else 'error: ' + str(error)
                found.append(['%s:%d' % (symbol.name, symbol.line), value])
        if block.function: break
        block = block.superblock
    return sorted(found, key=lambda each: each[0])


def registers(frame):
    return {name: register(frame, name) for name in preserved}


def register(frame, name):
    try:
        value = frame.read_register(name)
        return None if value.is_optimized_out else str(int(value) % (1 << 64))
    except gdb.error:
        return None


def vectors(frame):
    halves = [frame.read_register('xmm%d' % number)['v2_int64'] for number in range(16)]
    return [str(int(each[0]) % (1 << 64) + (int(each[1]) % (1 << 64) << 64)) for each in halves]


def frames():
    found = []
    frame = gdb.newest_frame()
    while frame:
        place = frame.find_sal()
        found.append({
            'kind': {gdb.INLINE_FRAME: 'inline', gdb.TAILCALL_FRAME: 'tail', gdb.SIGTRAMP_FRAME: 'signal'}.get(frame.type(), 'normal'),
            'function': frame.function().name if frame.function() else None,
            'line': place.line if place.symtab else 0,
            'symbols': symbols(frame) if frame.function() else [],
            'registers': registers(frame),
        })
        if frame.function() and frame.function().name == 'main': break
        frame = frame.older()
    return found


def is_ours(pc):
    return gdb.find_pc_line(pc).symtab is not None


class Recorder:
    def __init__(self):
        self.records = []
        self.last = None

    def record(self):
        inferior = gdb.selected_inferior()
        frame = gdb.newest_frame()
        stack = int(frame.read_register('rsp')) - 1024
        data = [inferior.read_memory(start, size).tobytes().hex() for start, size in sections]
        self.records.append({
            'registers': [str(int(frame.read_register(name)) % (1 << 64)) for name in physical] + vectors(frame),
            'stack': [str(stack), inferior.read_memory(stack, self.top - stack).tobytes().hex()],
            'data': None if data == self.last else data,
            'frames': frames(),
        })
        self.last = data

    def run(self):
        gdb.execute('set confirm off')
        gdb.execute('handle SIGUSR1 nostop noprint pass', to_string=True)
        gdb.execute('break stop', to_string=True)
        gdb.execute('tbreak main', to_string=True)
        gdb.execute('run', to_string=True)
        self.top = int(gdb.newest_frame().read_register('rsp')) + 512
        step = 0
        while gdb.selected_inferior().pid and step < 20000:
            pc = int(gdb.newest_frame().read_register('rip'))
            if is_ours(pc):
                if step % every == 0 or gdb.newest_frame().name() == 'stop': self.record()
                step += 1
            code = gdb.selected_inferior().read_memory(pc, 8).tobytes()
            gdb.execute('stepi', to_string=True)
            if gdb.selected_inferior().pid and is_ours(pc) and is_call(code):
                after = int(gdb.newest_frame().read_register('rip'))
                if not is_ours(after): self.leave()

    def leave(self):
        """Runs on to where a function of the C library returns to, or to a breakpoint that it leads to."""
        stack = int(gdb.newest_frame().read_register('rsp'))
        back = int.from_bytes(gdb.selected_inferior().read_memory(stack, 8).tobytes(), 'little')
        gdb.execute('tbreak *%d' % back, to_string=True)
        gdb.execute('continue', to_string=True)


def is_call(code):
    return code[0] == 0xe8 or (code[0] == 0xff and (code[1] >> 3) & 7 == 2) or (code[0] == 0x41 and code[1] == 0xff)


recorder = Recorder()
recorder.run()
emit(recorder.records)
