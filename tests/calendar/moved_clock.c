/* The wall clock, moved: preloaded (LD_PRELOAD) into every process of a run on another day.
 *
 * Only what tells the date is moved, by the seconds that the file TEST_CLOCK_SHIFT_FILE holds, as a
 * long: whoever writes there moves the clocks of all processes that follow it. Monotonic clocks,
 * sleeps and time-outs are the real ones. (Debian's libfaketime makes Python's time.sleep fail where
 * it leaves the monotonic clock alone, and its semaphores hang where it does not.)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const long unmoved = 0;
static const volatile long *shift_seconds = &unmoved;

/* 0 where the file can be followed from now on. */
int follow_shift(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return -1;
    }
    void *mapped = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) {
        return -1;
    }
    shift_seconds = mapped;
    return 0;
}

__attribute__((constructor)) static void follow_what_is_told(void) {
    const char *told = getenv("TEST_CLOCK_SHIFT_FILE");
    if (told && follow_shift(told) != 0) {
        abort();
    }
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        now->tv_sec += *shift_seconds;
    }
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

int timespec_get(struct timespec *now, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

time_t time(time_t *stored) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (stored) {
        *stored = now.tv_sec;
    }
    return now.tv_sec;
}
