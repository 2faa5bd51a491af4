/* Linked to one library after the other, to see what loading it costs. */
int main(void) { return 0; }
