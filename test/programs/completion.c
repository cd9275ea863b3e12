/* Types and variables for completion: pointers to follow, arrays to index, tags and typedefs, an anonymous union. */
typedef unsigned int uid_t;

enum state { STATE_IDLE, STATE_RUN = 3 };

struct address_space {
  unsigned long base;
  unsigned long size;
};

struct process {
  struct process *next;
  struct address_space *space;
  struct address_space spare[4];
  enum state state;
  union {
    uid_t uid;
    int group;
  };
  const char *name;
};

typedef struct process process_t;

struct address_space kernel_space = {0x1000, 0x2000};
struct process first_process = {.space = &kernel_space, .name = "init"};
process_t *process_list = &first_process;
enum state machine_state = STATE_RUN;

int process_count(void) {
  return machine_state == STATE_RUN;
}

int main(void) {
  return process_count();
}
