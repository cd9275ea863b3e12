/* The bytes of the worked shapes of ::dump, at their address; a page of equal lines; and the edge of a segment. */
__attribute__((section(".shapes"))) char shapes[32] = "panic: bad mutex\x00\x01\x02\x03" "ABCDEFGHIJKL";
__attribute__((section(".repeat"))) char repeated[128] = { [96] = 'x' };
__attribute__((section(".edge"))) char edge[24] = "the last bytes";
int main(void) { return 0; }
