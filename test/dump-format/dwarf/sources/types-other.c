/* A second unit: definitions that the first only declares, and names that both have. */
struct defined_elsewhere {
  int member_of_elsewhere;
  struct defined_elsewhere *self;
};
struct shared_by_two_units { int first; long second; };

struct defined_elsewhere *elsewhere;
int defined_in_other_unit = 99;
static int hidden = 44;

int uses_everything(struct shared_by_two_units *shared);

int main(void) {
  struct shared_by_two_units shared = {1, 2};
  return uses_everything(&shared) + hidden;
}
