// The clip with the face's box and landmarks drawn over it, frame by frame, while it plays.
const FPS = 25;
const NONE = -32768;

function numbers(text) {
  if (!text) return null;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Int16Array(bytes.buffer);
}

function drawBox(ink, box, scale) {
  if (box[0] === NONE) return;
  const [x1, y1, x2, y2] = Array.from(box, (edge) => edge / scale);
  ink.strokeRect(x1, y1, x2 - x1, y2 - y1);
}

function drawPoints(ink, points, lines, scale, radius) {
  const at = (place) => [points[2 * place] / scale, points[2 * place + 1] / scale];
  if (points[0] === NONE) return;
  ink.beginPath();
  for (const [first, after, closed] of lines) {
    ink.moveTo(...at(first));
    for (let place = first + 1; place < after; place += 1) ink.lineTo(...at(place));
    if (closed) ink.closePath();
  }
  ink.stroke();
  for (let place = 0; place < points.length / 2; place += 1) {
    ink.beginPath();
    ink.arc(...at(place), radius, 0, 2 * Math.PI);
    ink.fill();
  }
}

export default function ({ data, parentElement }) {
  const video = parentElement.querySelector("video");
  const canvas = parentElement.querySelector("canvas");
  const overlaid = Boolean(data.boxes || data.points);
  if (video.dataset.src !== data.src) {
    video.dataset.src = data.src;
    video.src = data.src;
    video.poster = data.poster;
    video.setAttribute("aria-label", data.label);
  }
  if (overlaid && video.paused && video.currentTime === 0) {
    // The poster shows another moment than the first frame, which the overlay belongs to.
    video.removeAttribute("poster");
    video.preload = "auto";
  }
  canvas.width = data.width;
  canvas.height = data.height;
  const ink = canvas.getContext("2d");
  const boxes = numbers(data.boxes);
  const points = numbers(data.points);
  const width = Math.max(1.5, data.width / 250);

  function draw(seconds) {
    ink.clearRect(0, 0, canvas.width, canvas.height);
    // A time on the border of two frames belongs to the later one.
    const frame = Math.floor((seconds + 0.001) * FPS);
    const place = Math.floor(Math.min(frame, data.frames - 1) / data.stride);
    ink.lineWidth = width;
    if (boxes) {
      ink.strokeStyle = "#ffd166";
      drawBox(ink, boxes.subarray(4 * place, 4 * place + 4), data.scale);
    }
    if (points) {
      ink.strokeStyle = "#50ff50";
      ink.fillStyle = "#ffffff";
      const size = points.length / Math.ceil(data.frames / data.stride);
      drawPoints(ink, points.subarray(size * place, size * (place + 1)), data.lines, data.scale, width);
    }
  }

  if (!overlaid) return () => {};
  let handle = 0;
  const byFrame = "requestVideoFrameCallback" in video;
  const next = () => {
    handle = byFrame ? video.requestVideoFrameCallback(shown) : requestAnimationFrame(() => shown(0, null));
  };
  const shown = (_, about) => {
    draw(about ? about.mediaTime : video.currentTime);
    next();
  };
  draw(video.currentTime);
  next();
  return () => (byFrame ? video.cancelVideoFrameCallback(handle) : cancelAnimationFrame(handle));
}
