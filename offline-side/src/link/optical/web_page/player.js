"use strict";
// Plays the codes that stand in this page. It asks for nothing from anywhere, and keeps nothing.
// ECMAScript 2017 and no newer interface: an old browser is what stands beside many offline hosts.
const byId = (id) => document.getElementById(id);
const about = JSON.parse(byId("about").textContent);
const frames = byId("frames").textContent.trim().split("\n");
const QUIET = 4;
const canvas = byId("code");
const sheet = document.createElement("canvas");

let playing = true;
let fps = about.fps;
let [rows, columns] = [about.rows, about.columns];
let scale = about.scale; // device pixels a module; 0: as large as fits
let first = 0; // the frame that the picture shown begins with, counted on over the rounds
let next = 0; // the frame that the next one begins with
const seen = new Set(); // frames that were shown: again is no more
let due = 0;
let fit = ""; // what to do where the code does not fit
let room = ""; // what would make it larger
let refresh = 0; // refreshes a second of this screen, once they are known
const beats = []; // when it was refreshed

function options(select, values, chosen) {
  for (const [value, text] of values) select.add(new Option(text, value, false, String(value) === String(chosen)));
}

// Draws the frames from `first` on, one a tile.
function draw(first) {
  const pitch = about.side + 2 * QUIET;
  sheet.width = pitch * columns;
  sheet.height = pitch * rows;
  const context = sheet.getContext("2d");
  const image = context.createImageData(sheet.width, sheet.height);
  const pixels = new Uint32Array(image.data.buffer).fill(0xffffffff);
  for (let tile = 0; tile < rows * columns; tile++) {
    const bits = atob(frames[(first + tile) % frames.length]);
    const left = (tile % columns) * pitch + QUIET;
    const top = Math.floor(tile / columns) * pitch + QUIET;
    for (let at = 0; at < about.side * about.side; at++) {
      if ((bits.charCodeAt(at >> 3) >> (7 - (at & 7))) & 1) {
        const row = top + Math.floor(at / about.side);
        pixels[row * sheet.width + left + (at % about.side)] = 0xff000000;
      }
    }
  }
  context.putImageData(image, 0, 0);
  place();
}

// Whole device pixels a module, so that no edge is blurred.
function place() {
  const ratio = window.devicePixelRatio || 1;
  const area = byId("area");
  const fits = Math.floor(Math.min(area.clientWidth / sheet.width, area.clientHeight / sheet.height) * ratio);
  const pixels = Math.max(1, scale || fits);
  const way = fits >= 1 ? "choose a smaller size" : rows * columns > 1 ? "choose fewer tiles" : "make the window larger";
  fit = pixels > fits ? `The code does not fit this window, and no camera sees all of it: ${way}, or press h.` : "";
  const whole = Math.floor(Math.min(window.innerWidth / sheet.width, window.innerHeight / sheet.height) * ratio);
  room = !scale && whole > pixels ? `Press h: a module gets ${whole} pixels instead of ${pixels}.` : "";
  canvas.width = sheet.width * pixels;
  canvas.height = sheet.height * pixels;
  canvas.style.width = canvas.width / ratio + "px";
  canvas.style.height = canvas.height / ratio + "px";
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, 0, 0, canvas.width, canvas.height);
  advice();
}

// Shows the picture that begins with frame `from`.
function show(from) {
  const [count, tiles] = [frames.length, rows * columns];
  first = from < 0 ? from + Math.ceil(-from / count) * count : from;
  next = first + tiles;
  draw(first);
  for (let tile = 0; tile < tiles; tile++) seen.add((first + tile) % count);
  byId("shown").textContent = tiles === 1 ? `Code ${first % count + 1} of ${count}` :
    `Codes ${first % count + 1} to ${(next - 1) % count + 1} of ${count}`;
  byId("odds").textContent = about.odds[Math.floor(seen.size / count * (about.odds.length - 1))];
  byId("round").textContent = `Round ${Math.floor(first / count) + 1}`;
}

// A camera may lock to a simple ratio of its own rate and never catch a whole code.
function advice() {
  const locks = (camera) => {
    const ratio = camera / fps;
    const near = (parts, within) => Math.abs(Math.round(ratio * parts) / parts - ratio) <= within * ratio;
    return ratio < 2.45 && (near(2, 0.02) || near(3, 0.01));
  };
  const cameras = [25, 30, 60].filter(locks);
  const rate =
    cameras.length ? `${fps} a second may lock to a camera of ${cameras.join(" or ")} pictures a second.` :
    fps > 18 ? `${fps} a second is too fast for a camera of 30 pictures a second.` : "";
  byId("advice").textContent = [fit, rate].join(" ").trim();
  // 2.45 of a camera's pictures surely catch one that is shown; a module needs 2.2 of its pixels.
  const camera = [25, 30, 60].find((camera) => camera >= fps * 2.45);
  const needs = [columns, rows].map((tiles) => Math.ceil(tiles * (about.side + 2 * QUIET) * 22 / 10)).join(" × ");
  const fewest = refresh ? Math.max(1, Math.floor(refresh / fps)) : 0;
  const stands = refresh % fps === 0 || fps >= refresh ? fewest : `${fewest} or ${fewest + 1}`;
  byId("camera").textContent = [
    `The code must fill ${needs} pixels of the camera's picture`,
    camera ? `, of a camera of ${camera} pictures a second or more.` : ".",
    refresh ? ` This screen: ${refresh} Hz; each picture stands for ${stands} refresh${stands === 1 ? "" : "es"}.` : "",
    room ? ` ${room}` : "",
  ].join("");
}

// How often this screen is refreshed: the middle of what a second's pictures were apart.
function measure(now) {
  beats.push(now);
  if (beats.length <= 61) return;
  const apart = beats.slice(1).map((beat, at) => beat - beats[at]).sort((a, b) => a - b);
  beats.length = 0;
  const measured = Math.round(1000 / apart[30]);
  if (measured === refresh || !isFinite(measured)) return;
  refresh = measured;
  advice();
}

function tick(now) {
  requestAnimationFrame(tick);
  measure(now);
  if (!playing || now + 4 < due) return;
  due = Math.max(due + 1000 / fps, now + 500 / fps);
  show(next);
}

function play(on) {
  playing = on;
  byId("play").textContent = on ? "Pause" : "Play";
}

function speed(step) {
  fps = Math.min(60, Math.max(1, fps + step));
  byId("fps").textContent = ` · ${fps} a second`;
  advice();
}

function step(by) {
  play(false);
  show(first + by * rows * columns);
}

const tilings = [[1, 1], [1, 2], [2, 2], [2, 3], [2, 4], [3, 3], [3, 5], [4, 7]].map(([r, c]) => `${r}x${c}`);
if (!tilings.includes(`${rows}x${columns}`)) tilings.push(`${rows}x${columns}`);
options(byId("tiles"), tilings.map((text) => [text, text]), `${rows}x${columns}`);
options(byId("size"), [[0, "as fits"], ...Array.from({ length: 16 }, (_, at) => [at + 1, `${at + 1} px`])], scale);
byId("tiles").onchange = (event) => {
  [rows, columns] = event.target.value.split("x").map(Number);
  if (!playing) show(first);
};
byId("size").onchange = (event) => {
  scale = Number(event.target.value);
  place();
};
byId("play").onclick = () => play(!playing);
byId("slower").onclick = () => speed(-1);
byId("faster").onclick = () => speed(1);
byId("back").onclick = () => step(-1);
byId("on").onclick = () => step(1);
byId("full").onclick = () => {
  const page = document.documentElement;
  const ask = page.requestFullscreen || page.webkitRequestFullscreen || page.mozRequestFullScreen;
  if (ask) ask.call(page);
};
window.onresize = place;
document.onkeydown = (event) => {
  if (event.target.tagName === "SELECT" || event.ctrlKey || event.altKey || event.metaKey) return;
  const act = {
    " ": () => play(!playing), "+": () => speed(1), "=": () => speed(1), "-": () => speed(-1),
    ArrowLeft: () => step(-1), ArrowRight: () => step(1),
    h: () => { document.body.classList.toggle("plain"); place(); },
  }[event.key];
  if (act) { event.preventDefault(); act(); }
};
speed(0);
// #7 shows the picture that begins with code 7, and waits.
const asked = Number(location.hash.slice(1));
if (asked >= 1 && asked <= frames.length) {
  play(false);
  show(asked - 1);
}
requestAnimationFrame(tick);
