/* What trap.S calls and is called by. */
long interrupted(long value);
long switched(long value);
void thread_start(void);

volatile long trapped;

__attribute__((noinline)) void stop(void) { __asm__ volatile("" ::: "memory"); }

void trap(long vector) {
  long doubled = vector * 2;
  trapped += doubled;
  stop();
}

void thread(void) {
  long inside = interrupted(3);
  trapped += inside;
  stop();
}

int main(int argc, char **argv) {
  long first = interrupted(argc);
  long second = switched(first);
  thread_start();
  return (int)(trapped + second);
}
