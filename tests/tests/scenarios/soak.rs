//! A short soak: `rootcast-ordeal soak` goes on for hours.

use std::time::Duration;

use rootcast_tests::scratch::Scratch;
use rootcast_tests::seeds::chance;
use rootcast_tests::soak::Soak;

#[test]
fn half_a_minute_of_hostile_lines_ends_with_every_crl_published() {
    let scratch = Scratch::new();
    let soak = Soak {
        lasts: Duration::from_secs(30),
        bytes_per_second: 46_080,
        every: Duration::from_secs(1),
        series: scratch.path("soak.tsv"),
        seed: chance("half_a_minute_of_hostile_lines").bits(),
    };
    let soaked = soak.run();
    assert!(soaked.published >= 1, "{soaked}");
    let most = soaked.series.samples().iter().map(|sample| sample.peak_kib).max().unwrap();
    assert!(most < 64 * 1024, "{most} KiB: {}", soaked.series);
}
