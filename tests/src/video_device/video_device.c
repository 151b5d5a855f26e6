/* A video device for tests: preloaded (LD_PRELOAD), it answers for /dev/video0 as a webcam does that speaks the
 * kernel's V4L2 interface, and plays the frames of a file. The program under test runs its real camera code.
 *
 *   ROOTCAST_VIDEO_FRAMES   raw YUYV frames, one after the other; JPEGs, each after its length (4 bytes, little-endian)
 *   ROOTCAST_VIDEO_FORMAT   yuyv, or mjpg for JPEGs
 *   ROOTCAST_VIDEO_SIZE     WIDTHxHEIGHT of each
 *   ROOTCAST_VIDEO_RATE     frames a second; 0 hands them out as fast as they are asked for
 *   ROOTCAST_VIDEO_FAULT    nothing, or: gone-after=N (ENODEV after N frames: unplugged), busy (EBUSY at open),
 *                           format (EINVAL for every format), deaf (EIO for every control, which a program tolerates),
 *                           stream-busy (EBUSY for buffers), no-bandwidth (ENOSPC when it is to send), metadata (a node
 *                           that brings no pictures), h264 (a format that nobody here reads), hangs-after=N (no picture
 *                           any more after N), refuses=N (EIO for the first N changes of a control)
 *   ROOTCAST_VIDEO_CONTROLS a file of four numbers (32 bits each), the values of the controls below: they outlive a
 *                           program as those of a camera do. Without it there are no controls
 *
 * After the last frame it repeats the last one for ever, as a camera before a frozen screen does.
 *
 * The device is a memory file that holds the buffers: so mmap, poll, select and close need no answer of ours, they work
 * on it as on any file. Only open and ioctl are answered, by whichever way libc is asked for them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BUFFERS_MAX 8
#define DEVICE "/dev/video0"

static struct {
  ino_t inode; /* of the memory file, by which its descriptors are known; 0: never opened */
  unsigned char *buffers;
  unsigned width, height, size, count;
  unsigned queue[BUFFERS_MAX], queued;
  double rate;
  struct timespec started;
  unsigned long given, gone_after;
  int frames, streaming, deaf, no_format, stream_busy, no_bandwidth, metadata, h264, mjpg;
  int controls; /* the file of their values */
  unsigned long hangs_after, refuses;
  off_t at; /* in a film of JPEGs */
  int memory; /* the memory file; each open hands out another descriptor of it */
} device;

static unsigned padded(void) { return (device.size + 4095u) & ~4095u; }

static int fail(int why) {
  errno = why;
  return -1;
}

static int is_ours(int fd) {
  struct stat file;
  return device.inode && fd >= 0 && fstat(fd, &file) == 0 && file.st_ino == device.inode && S_ISREG(file.st_mode);
}

static int open_device(int flags) {
  const char *frames = getenv("ROOTCAST_VIDEO_FRAMES"), *size = getenv("ROOTCAST_VIDEO_SIZE");
  const char *rate = getenv("ROOTCAST_VIDEO_RATE"), *fault = getenv("ROOTCAST_VIDEO_FAULT");
  if (!frames || !size || sscanf(size, "%ux%u", &device.width, &device.height) != 2) return fail(ENOENT);
  if (fault && !strcmp(fault, "busy")) return fail(EBUSY);
  device.gone_after = fault && !strncmp(fault, "gone-after=", 11) ? strtoul(fault + 11, NULL, 10) : 0;
  device.deaf = fault && !strcmp(fault, "deaf");
  device.no_format = fault && !strcmp(fault, "format");
  device.stream_busy = fault && !strcmp(fault, "stream-busy");
  device.no_bandwidth = fault && !strcmp(fault, "no-bandwidth");
  device.metadata = fault && !strcmp(fault, "metadata");
  device.h264 = fault && !strcmp(fault, "h264");
  device.hangs_after = fault && !strncmp(fault, "hangs-after=", 12) ? strtoul(fault + 12, NULL, 10) : 0;
  device.refuses = fault && !strncmp(fault, "refuses=", 8) ? strtoul(fault + 8, NULL, 10) : 0;
  device.rate = rate ? atof(rate) : 30.0;
  if (device.memory < 0 || device.frames < 0) return fail(EIO);
  int fd = fcntl(device.memory, flags & O_CLOEXEC ? F_DUPFD_CLOEXEC : F_DUPFD, 3);
  if (fd < 0) return -1;
  device.queued = device.count = 0;
  device.streaming = 0;
  device.given = 0;
  device.at = 0;
  return fd;
}

/* Film and memory are there before main: a program that locks itself in before it opens a camera could not open them.
 * A descriptor that is not there is told when the device is opened. */
__attribute__((constructor)) static void prepare(void) {
  const char *frames = getenv("ROOTCAST_VIDEO_FRAMES"), *size = getenv("ROOTCAST_VIDEO_SIZE");
  const char *format = getenv("ROOTCAST_VIDEO_FORMAT"), *controls = getenv("ROOTCAST_VIDEO_CONTROLS");
  device.memory = device.frames = device.controls = -1;
  device.mjpg = format && !strcmp(format, "mjpg");
  if (!frames || !size || sscanf(size, "%ux%u", &device.width, &device.height) != 2) return;
  device.size = device.width * device.height * 2;
  int fd = memfd_create("video0", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, (off_t)padded() * BUFFERS_MAX) < 0) return;
  device.buffers = mmap(NULL, (size_t)padded() * BUFFERS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  struct stat file;
  if (device.buffers == MAP_FAILED || fstat(fd, &file) < 0) return;
  device.inode = file.st_ino;
  device.memory = fd;
  device.frames = (int)syscall(SYS_openat, AT_FDCWD, frames, O_RDONLY | O_CLOEXEC, 0);
  if (controls) device.controls = (int)syscall(SYS_openat, AT_FDCWD, controls, O_RDWR | O_CLOEXEC, 0);
}

static unsigned pixel_format(void) {
  return device.h264 ? V4L2_PIX_FMT_H264 : device.mjpg ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
}

/* The controls, in the order of their file. */
static const struct {
  unsigned id, type;
} CONTROLS[] = {
    {V4L2_CID_FOCUS_AUTO, V4L2_CTRL_TYPE_BOOLEAN},
    {V4L2_CID_EXPOSURE_AUTO, V4L2_CTRL_TYPE_MENU},
    {V4L2_CID_EXPOSURE_ABSOLUTE, V4L2_CTRL_TYPE_INTEGER},
    {V4L2_CID_EXPOSURE_AUTO_PRIORITY, V4L2_CTRL_TYPE_BOOLEAN},
};
#define CONTROL_COUNT (sizeof CONTROLS / sizeof *CONTROLS)

static int place_of(unsigned id) {
  for (unsigned i = 0; device.controls >= 0 && !device.deaf && i < CONTROL_COUNT; i++)
    if (CONTROLS[i].id == id) return (int)i;
  return -1;
}

static int control_value(unsigned place) {
  int value = 0;
  return pread(device.controls, &value, sizeof value, (off_t)(place * sizeof value)) == sizeof value ? value : 0;
}

static int query_control(struct v4l2_query_ext_ctrl *about) {
  int place = place_of(about->id);
  if (place < 0) return fail(device.deaf ? EIO : EINVAL);
  about->type = CONTROLS[place].type;
  about->maximum = 10000;
  about->step = about->elems = 1;
  about->elem_size = 4;
  return 0;
}

/* As cameras do: how long it exposes is set by hand only while it does not choose that itself. */
static int use_controls(struct v4l2_ext_controls *all, int is_set) {
  for (unsigned i = 0; i < all->count; i++) {
    struct v4l2_ext_control *one = &all->controls[i];
    int place = place_of(one->id);
    if (place < 0) return fail(device.deaf ? EIO : EINVAL);
    if (!is_set) {
      one->value = control_value((unsigned)place);
      continue;
    }
    if (device.refuses) {
      device.refuses--;
      return fail(EIO);
    }
    if (one->id == V4L2_CID_EXPOSURE_ABSOLUTE && control_value(1) != V4L2_EXPOSURE_MANUAL) return fail(EACCES);
    int value = one->value;
    if (pwrite(device.controls, &value, sizeof value, (off_t)((unsigned)place * sizeof value)) != sizeof value)
      return fail(EIO);
  }
  return 0;
}

/* The next JPEG of the film, the first again after the last. */
static int next_jpeg(unsigned char *to, unsigned *used) {
  unsigned length = 0;
  for (int tries = 0; tries < 2; tries++) {
    if (pread(device.frames, &length, sizeof length, device.at) == sizeof length && length <= device.size) {
      if (pread(device.frames, to, length, device.at + (off_t)sizeof length) != (ssize_t)length) return fail(EIO);
      device.at += (off_t)(sizeof length + length);
      *used = length;
      return 0;
    }
    device.at = 0;
  }
  return fail(EIO);
}

static void describe(struct v4l2_format *format) {
  struct v4l2_pix_format *pix = &format->fmt.pix;
  memset(pix, 0, sizeof *pix);
  pix->width = device.width;
  pix->height = device.height;
  pix->pixelformat = pixel_format();
  pix->field = V4L2_FIELD_NONE;
  pix->bytesperline = device.width * 2;
  pix->sizeimage = device.size;
  pix->colorspace = V4L2_COLORSPACE_SRGB;
}

static void place(struct v4l2_buffer *buffer) {
  buffer->length = device.size;
  buffer->m.offset = buffer->index * padded();
  buffer->memory = V4L2_MEMORY_MMAP;
  buffer->field = V4L2_FIELD_NONE;
  buffer->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
}

/* The next frame, at its time, into the buffer that was queued first. */
static int give(struct v4l2_buffer *buffer) {
  if (!device.streaming) return fail(EINVAL);
  if (!device.queued) return fail(EAGAIN);
  if (device.gone_after && device.given >= device.gone_after) return fail(ENODEV);
  if (device.hangs_after && device.given >= device.hangs_after) {
    struct timespec long_enough = {0, 200000000};
    nanosleep(&long_enough, NULL);
    return fail(EAGAIN);
  }
  if (device.rate > 0) {
    double due = device.started.tv_sec + device.started.tv_nsec / 1e9 + device.given / device.rate;
    struct timespec at = {(time_t)due, (long)((due - (double)(time_t)due) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {}
  }
  buffer->index = device.queue[0];
  memmove(device.queue, device.queue + 1, --device.queued * sizeof *device.queue);
  place(buffer);
  unsigned char *to = device.buffers + (size_t)buffer->index * padded();
  unsigned used = device.size;
  if (device.mjpg) {
    if (next_jpeg(to, &used) < 0) return -1;
  } else if (pread(device.frames, to, device.size, (off_t)device.given * device.size) != (ssize_t)device.size) {
    off_t end = lseek(device.frames, 0, SEEK_END) / device.size;
    if (end == 0 || pread(device.frames, to, device.size, (end - 1) * device.size) < 0) return fail(EIO);
  }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  buffer->timestamp.tv_sec = now.tv_sec;
  buffer->timestamp.tv_usec = now.tv_nsec / 1000;
  buffer->bytesused = used;
  buffer->sequence = (unsigned)device.given++;
  buffer->flags |= V4L2_BUF_FLAG_DONE;
  return 0;
}

static int answer(unsigned long request, void *argument) {
  switch ((unsigned)request) {
  case VIDIOC_QUERYCAP: {
    struct v4l2_capability *able = argument;
    memset(able, 0, sizeof *able);
    strcpy((char *)able->driver, "rootcast-tests");
    strcpy((char *)able->card, "Simulated webcam");
    strcpy((char *)able->bus_info, "platform:simulated");
    able->version = 6 << 16;
    able->device_caps = (device.metadata ? V4L2_CAP_META_CAPTURE : V4L2_CAP_VIDEO_CAPTURE) | V4L2_CAP_STREAMING;
    able->capabilities = able->device_caps | V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_DEVICE_CAPS;
    return 0;
  }
  case VIDIOC_ENUM_FMT: {
    struct v4l2_fmtdesc *format = argument;
    if (format->index > 0 || format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || device.metadata) return fail(EINVAL);
    format->flags = 0;
    strcpy((char *)format->description, "the only one");
    format->pixelformat = pixel_format();
    return 0;
  }
  case VIDIOC_ENUM_FRAMESIZES: {
    struct v4l2_frmsizeenum *size = argument;
    if (size->index > 0 || size->pixel_format != pixel_format()) return fail(EINVAL);
    size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    size->discrete.width = device.width;
    size->discrete.height = device.height;
    return 0;
  }
  case VIDIOC_ENUM_FRAMEINTERVALS: {
    struct v4l2_frmivalenum *interval = argument;
    if (interval->index > 0 || interval->pixel_format != V4L2_PIX_FMT_YUYV) return fail(EINVAL);
    interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    interval->discrete.numerator = 1;
    interval->discrete.denominator = 30;
    return 0;
  }
  case VIDIOC_G_FMT:
  case VIDIOC_S_FMT:
  case VIDIOC_TRY_FMT: {
    struct v4l2_format *format = argument;
    if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || device.no_format) return fail(EINVAL);
    describe(format); /* whatever was asked for: the nearest it can do */
    return 0;
  }
  case VIDIOC_G_PARM:
  case VIDIOC_S_PARM: {
    struct v4l2_streamparm *parm = argument;
    if (parm->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
    memset(&parm->parm.capture, 0, sizeof parm->parm.capture);
    parm->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    parm->parm.capture.timeperframe.numerator = 1;
    parm->parm.capture.timeperframe.denominator = 30;
    parm->parm.capture.readbuffers = 4;
    return 0;
  }
  case VIDIOC_REQBUFS: {
    struct v4l2_requestbuffers *wanted = argument;
    if (wanted->memory != V4L2_MEMORY_MMAP) return fail(EINVAL);
    if (device.stream_busy && wanted->count) return fail(EBUSY);
    if (wanted->count > BUFFERS_MAX) wanted->count = BUFFERS_MAX;
    device.count = wanted->count;
    device.queued = 0;
    wanted->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP;
    return 0;
  }
  case VIDIOC_QUERYBUF: {
    struct v4l2_buffer *buffer = argument;
    if (buffer->index >= device.count) return fail(EINVAL);
    place(buffer);
    return 0;
  }
  case VIDIOC_QBUF: {
    struct v4l2_buffer *buffer = argument;
    if (buffer->index >= device.count || device.queued >= BUFFERS_MAX) return fail(EINVAL);
    device.queue[device.queued++] = buffer->index;
    place(buffer);
    buffer->flags |= V4L2_BUF_FLAG_QUEUED;
    return 0;
  }
  case VIDIOC_DQBUF:
    return give(argument);
  case VIDIOC_STREAMON:
    if (device.no_bandwidth) return fail(ENOSPC);
    device.streaming = 1;
    clock_gettime(CLOCK_MONOTONIC, &device.started);
    return 0;
  case VIDIOC_STREAMOFF:
    device.streaming = 0;
    device.queued = 0;
    return 0;
  case VIDIOC_G_INPUT:
    *(int *)argument = 0;
    return 0;
  case VIDIOC_S_INPUT:
    return *(int *)argument == 0 ? 0 : fail(EINVAL);
  case VIDIOC_QUERY_EXT_CTRL:
    return query_control(argument);
  case VIDIOC_G_EXT_CTRLS:
    return use_controls(argument, 0);
  case VIDIOC_S_EXT_CTRLS:
    return use_controls(argument, 1);
  case VIDIOC_G_CTRL:
  case VIDIOC_S_CTRL:
  case VIDIOC_QUERYCTRL:
    return fail(device.deaf ? EIO : EINVAL); /* nobody asks in this way */
  default:
    return fail(ENOTTY);
  }
}

/* O_PATH opens nothing: so Landlock's rule for the device finds what is really there. */
static int is_device(const char *path, int flags) { return path && !(flags & O_PATH) && !strcmp(path, DEVICE); }

#define OPENS(...)                                                                                                     \
  {                                                                                                                    \
    mode_t mode = 0;                                                                                                   \
    if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {                                                         \
      va_list rest;                                                                                                    \
      va_start(rest, flags);                                                                                           \
      mode = va_arg(rest, mode_t);                                                                                     \
      va_end(rest);                                                                                                    \
    }                                                                                                                  \
    if (is_device(path, flags)) return open_device(flags);                                                                    \
    return (int)syscall(SYS_openat, __VA_ARGS__, path, flags, mode);                                                   \
  }

int open(const char *path, int flags, ...) OPENS(AT_FDCWD)
int open64(const char *path, int flags, ...) OPENS(AT_FDCWD)
int openat(int folder, const char *path, int flags, ...) OPENS(folder)
int openat64(int folder, const char *path, int flags, ...) OPENS(folder)

int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if (is_ours(fd)) return answer(request, argument);
  return (int)syscall(SYS_ioctl, fd, request, argument);
}

/* The library v4l asks the kernel through syscall(SYS_ioctl, …). */
long syscall(long number, ...) {
  static long (*real)(long, ...);
  if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  long a[6];
  va_list rest;
  va_start(rest, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_ioctl && is_ours((int)a[0])) return answer((unsigned long)a[1], (void *)a[2]);
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
