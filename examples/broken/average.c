#include <stdio.h>
#include <stdlib.h>

#define MAX_SCORES 64

struct score {
    const char *name;
    int points;
};

static double average(const struct score *scores, size_t count) {
    long sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += scores[i].points
    }
    return count ? (double)sum / count : 0.0;
}

int main(void) {
    struct score scores[MAX_SCORES] = {
        {"Ada", 93},
        {"Grace", 88},
        {"Edsger", 71},
    };
    size_t count = 3;

    if (count == 0 {
        fprintf(stderr, "no scores\n");
        return EXIT_FAILURE;
    }
    printf("average: %.2f\n", average(scores, count));
    return EXIT_SUCCESS;
}
