//! Why a camera cannot be used: what the kernel said, as what it is, and the one thing to do about it.

use std::io;

use rustix::io::Errno;

/// Why.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is no such device.
    NotThere,
    /// This user may not open it.
    NotAllowed,
    /// Another program uses it.
    Busy,
    /// The bus has no room for so many bytes a second.
    NoBandwidth,
    /// It is no video device, or one that brings no pictures.
    NoPictures(&'static str),
    /// It brings pictures in these formats only.
    Formats(Vec<String>),
    /// It refuses every format of its own list.
    FormatRefused(io::Error),
    /// It sends no picture.
    Silent(u64),
    /// It was unplugged, or failed.
    Failed(io::Error),
}

impl Refusal {
    /// What a system call's failure means.
    pub(super) fn from_error(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::NOENT | Errno::NXIO) => Self::NotThere,
            Some(Errno::ACCESS | Errno::PERM) => Self::NotAllowed,
            Some(Errno::BUSY) => Self::Busy,
            Some(Errno::NOSPC) => Self::NoBandwidth,
            Some(Errno::NOTTY) => Self::NoPictures("it is no camera: it does not answer as a video device"),
            _ => Self::Failed(error),
        }
    }

    /// What it is, for people. `device` is its path, `listed` what the system lists.
    pub(super) fn why(&self, device: &str, listed: &str) -> String {
        match self {
            Self::NotThere => format!("there is no {device}; {listed}"),
            Self::NotAllowed => format!("{device} may not be opened by this user (EACCES)"),
            Self::Busy => format!("another program uses {device} (EBUSY)"),
            Self::NoBandwidth => format!(
                "the USB bus has no room left for the pictures of {device} in this format (ENOSPC): another device on it, \
                 or a hub, takes the rest"
            ),
            Self::NoPictures(what) => format!("{device}: {what}; {listed}"),
            Self::Formats(formats) => format!(
                "{device} brings pictures only as {}; this program reads GREY, NV12, NV21, YU12, YV12, YUYV and MJPG",
                formats.join(", ")
            ),
            Self::FormatRefused(error) => format!("{device} refuses every format of its own list: {error}"),
            Self::Silent(seconds) => format!("{device} is open, and sent no picture for {seconds} s"),
            Self::Failed(error) => format!("{device} was unplugged or failed: {error}"),
        }
    }

    /// What to do about it.
    pub(super) fn next(&self, device: &str) -> String {
        match self {
            Self::NotThere => "Plug it in, or name one that is listed.".to_owned(),
            Self::NotAllowed => {
                "Add this user to the group video (adduser USER video), log in again, and run the command again.".to_owned()
            }
            Self::Busy => format!("Close the program that uses it: `fuser -v {device}` names it. Then run the command again."),
            Self::NoBandwidth => {
                "Ask for less (format=mjpg, or width=1280,height=720, or fps=15), or plug the camera into a port of its own."
                    .to_owned()
            }
            Self::NoPictures(_) => "Name a camera that is listed.".to_owned(),
            Self::Formats(_) | Self::FormatRefused(_) => format!(
                "Let ffmpeg read it: ffmpeg -f v4l2 -i {device} -f yuv4mpegpipe -pix_fmt gray -strict -1 - | \
                 rootcast-online receive --link qr:video=-"
            ),
            Self::Silent(_) | Self::Failed(_) => {
                "Unplug the camera, plug it in again, and run the same command again.".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustix::io::Errno;

    use super::Refusal;

    #[test]
    fn each_cause_is_said_as_what_it_is_with_one_thing_to_do() {
        let of = |errno: Errno| Refusal::from_error(io::Error::from(errno));
        for (refusal, said, next) in [
            (of(Errno::BUSY), "another program uses", "fuser -v /dev/video3"),
            (of(Errno::NOSPC), "USB bus has no room", "Ask for less"),
            (of(Errno::ACCESS), "may not be opened", "group video"),
            (of(Errno::NOENT), "there is no /dev/video3; LISTED", "Plug it in"),
            (of(Errno::NOTTY), "is no camera", "listed"),
            (of(Errno::NODEV), "unplugged", "plug it in again"),
            (Refusal::Formats(vec!["H264".to_owned()]), "only as H264", "ffmpeg -f v4l2 -i /dev/video3"),
            (Refusal::Silent(9), "no picture for 9 s", "plug it in again"),
        ] {
            let (why, todo) = (refusal.why("/dev/video3", "LISTED"), refusal.next("/dev/video3"));
            assert!(why.contains(said) && todo.contains(next), "{why}\n{todo}");
        }
    }
}
