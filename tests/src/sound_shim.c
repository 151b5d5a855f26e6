/* A sound device with faults: preloaded into a program, it stands before alsa-lib. Nothing but these calls is changed.
 *
 * One fault, or several with commas between them:
 *
 *   ROOTCAST_SOUND_FAULT   underruns:N    each call that plays or records is told N times that the device had nothing to
 *                                         play, or was not read in time (EPIPE)
 *                          suspends:N     the same for a host that was suspended (ESTRPIPE); it wakes up at the third try
 *                          gone:N         from the Nth call that plays or records on, the device is unplugged (ENODEV)
 *                          any            every name is that of alsa-lib's null device, so that a card seems to be there
 *                          busy           another program has it (EBUSY)
 *                          channels:N     it has N channels at least
 *                          only:FORMAT    it has this format of samples and no other: a number of snd_pcm_format_t
 *
 * Only the shapes that are used are declared (alsa-lib 1.2, pcm.h).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef void pcm;

/* The number behind a fault; -1 where another one was asked for. */
static long fault(const char *name) {
    const char *asked = getenv("ROOTCAST_SOUND_FAULT");
    size_t length = strlen(name);
    while (asked) {
        char end = strncmp(asked, name, length) == 0 ? asked[length] : 'x';
        if (end == ':') return atol(asked + length + 1);
        if (end == 0 || end == ',') return 0;
        asked = strchr(asked, ',');
        if (asked) asked++;
    }
    return -1;
}

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

/* What a call that plays or records is told instead of what it asked for; 0 where it may go on. */
static long failed(void) {
    static long calls, failures;
    long underruns = fault("underruns"), suspends = fault("suspends"), gone = fault("gone");
    long wanted = underruns > 0 ? underruns : suspends;
    if (gone >= 0 && ++calls >= gone) return -ENODEV;
    if (failures < wanted) {
        failures++;
        return underruns > 0 ? -EPIPE : -ESTRPIPE;
    }
    failures = 0;
    return 0;
}

long snd_pcm_writei(pcm *device, const void *samples, unsigned long frames) {
    long error = failed();
    if (error) return error;
    return ((long (*)(pcm *, const void *, unsigned long))next("snd_pcm_writei"))(device, samples, frames);
}

long snd_pcm_readi(pcm *device, void *samples, unsigned long frames) {
    long error = failed();
    if (error) return error;
    return ((long (*)(pcm *, void *, unsigned long))next("snd_pcm_readi"))(device, samples, frames);
}

int snd_pcm_resume(pcm *device) {
    static int tries;
    if (fault("suspends") < 0) return ((int (*)(pcm *))next("snd_pcm_resume"))(device);
    return ++tries % 3 ? -EAGAIN : 0;
}

int snd_pcm_open(pcm **device, const char *name, int stream, int mode) {
    if (fault("busy") >= 0) return -EBUSY;
    if (fault("any") >= 0)
        return ((int (*)(pcm **, const char *, int, int))next("snd_pcm_null_open"))(device, name, stream, mode);
    return ((int (*)(pcm **, const char *, int, int))next("snd_pcm_open"))(device, name, stream, mode);
}

int snd_pcm_hw_params_get_channels_min(const void *wanted, unsigned *channels) {
    int answer = ((int (*)(const void *, unsigned *))next("snd_pcm_hw_params_get_channels_min"))(wanted, channels);
    if (fault("channels") > 0) *channels = (unsigned)fault("channels");
    return answer;
}

int snd_pcm_hw_params_test_format(pcm *device, void *wanted, int format) {
    long only = fault("only");
    if (only >= 0 && format != only) return -EINVAL;
    return ((int (*)(pcm *, void *, int))next("snd_pcm_hw_params_test_format"))(device, wanted, format);
}
