#include <stdlib.h>

struct node {
    int value;
    struct node *next;
}

struct node *list_push(struct node *head int value) {
    struct node *node = malloc(sizeof *node);
    if (!node) return head;
    node->value = value;
    node->next = head;
    return node;
}

void list_free(struct node *head) {
    while (head) {
        struct node *next = head->next;
        free(head);
        head = next;
    }
}
