/* What a camera program does with a video device, and nothing else: opens /dev/video0, asks what it can, takes four
 * buffers, and writes the luma of so many frames to standard output. Shows that the preloaded device plays frames. */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <unistd.h>

static int gives_up(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  return 1;
}

int main(int count, char **words) {
  int frames = count > 1 ? atoi(words[1]) : 1, type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  int fd = open("/dev/video0", O_RDWR | O_NONBLOCK);
  if (fd < 0) return gives_up("open");
  struct v4l2_capability able;
  if (ioctl(fd, VIDIOC_QUERYCAP, &able) < 0) return gives_up("QUERYCAP");
  if (!(able.device_caps & V4L2_CAP_STREAMING)) return 1;
  struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
  format.fmt.pix.width = 1920;
  format.fmt.pix.height = 1080;
  format.fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
  if (ioctl(fd, VIDIOC_S_FMT, &format) < 0) return gives_up("S_FMT");
  struct v4l2_requestbuffers wanted = {.count = 4, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
  if (ioctl(fd, VIDIOC_REQBUFS, &wanted) < 0) return gives_up("REQBUFS");
  unsigned char *place[8];
  for (unsigned i = 0; i < wanted.count; i++) {
    struct v4l2_buffer buffer = {.index = i, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    if (ioctl(fd, VIDIOC_QUERYBUF, &buffer) < 0) return gives_up("QUERYBUF");
    place[i] = mmap(NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, buffer.m.offset);
    if (place[i] == MAP_FAILED) return gives_up("mmap");
    if (ioctl(fd, VIDIOC_QBUF, &buffer) < 0) return gives_up("QBUF");
  }
  if (ioctl(fd, VIDIOC_STREAMON, &type) < 0) return gives_up("STREAMON");
  while (frames-- > 0) {
    fd_set ready;
    FD_ZERO(&ready);
    FD_SET(fd, &ready);
    if (select(fd + 1, &ready, NULL, NULL, NULL) < 0) return gives_up("select");
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    if (ioctl(fd, VIDIOC_DQBUF, &buffer) < 0) return gives_up("DQBUF");
    for (unsigned i = 0; i < buffer.bytesused; i += 2) putchar(place[buffer.index][i]);
    if (ioctl(fd, VIDIOC_QBUF, &buffer) < 0) return gives_up("QBUF");
  }
  if (ioctl(fd, VIDIOC_STREAMOFF, &type) < 0) return gives_up("STREAMOFF");
  return close(fd);
}
