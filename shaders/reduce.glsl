/* One number for a whole workgroup. Nothing is assumed of subgroups; the size of the workgroup is a power of 2. */

shared float reduced[gl_WorkGroupSize.x];

float reduce_sum(float mine) {
    reduced[gl_LocalInvocationID.x] = mine;
    barrier();
    for (uint half_count = gl_WorkGroupSize.x / 2; half_count > 0; half_count /= 2) {
        if (gl_LocalInvocationID.x < half_count)
            reduced[gl_LocalInvocationID.x] += reduced[gl_LocalInvocationID.x + half_count];
        barrier();
    }
    float sum = reduced[0];
    barrier();
    return sum;
}

float reduce_max(float mine) {
    reduced[gl_LocalInvocationID.x] = mine;
    barrier();
    for (uint half_count = gl_WorkGroupSize.x / 2; half_count > 0; half_count /= 2) {
        if (gl_LocalInvocationID.x < half_count)
            reduced[gl_LocalInvocationID.x] =
                max(reduced[gl_LocalInvocationID.x], reduced[gl_LocalInvocationID.x + half_count]);
        barrier();
    }
    float largest = reduced[0];
    barrier();
    return largest;
}
