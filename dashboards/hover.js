// Plays the clip of a card without sound while the pointer rests on it, or the keyboard's focus is on its player.
// Until then nothing of it is loaded; whoever asks for less motion gets none of this.
const REST_MS = 200;
const STAGE = ".clip .stage";

export default function () {
  if (document.body.dataset.hover) return;
  document.body.dataset.hover = "plays";
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let waiting = 0;
  let shown = null;
  // The parts of a player take the focus, not the player: it does not say that its focus is to be seen.
  let byKeys = false;

  function begin(video) {
    clearTimeout(waiting);
    if (!video || still.matches || shown?.video === video) return;
    waiting = setTimeout(() => {
      if (!video.isConnected || !video.paused) return;
      shown = { video, muted: video.muted };
      video.muted = true;
      video.play().catch(() => {});
    }, REST_MS);
  }

  function end(video) {
    clearTimeout(waiting);
    if (!video || shown?.video !== video) return;
    video.pause();
    video.muted = shown.muted;
    shown = null;
    // Back to its picture; with preload="none" this loads nothing.
    video.load();
  }

  function takeOver(video) {
    clearTimeout(waiting);
    if (!video || shown?.video !== video) return;
    // The click or key that follows starts a player that stands: from its beginning, and with sound.
    video.pause();
    video.muted = shown.muted;
    video.currentTime = 0;
    shown = null;
  }

  const stageOf = (target) => (target instanceof Element ? target.closest(STAGE) : null);
  const videoIn = (stage) => stage?.querySelector("video") ?? null;
  document.addEventListener("pointerover", (event) => {
    const stage = stageOf(event.target);
    if (event.pointerType !== "touch" && stage && stage !== stageOf(event.relatedTarget)) begin(videoIn(stage));
  });
  document.addEventListener("pointerout", (event) => {
    const stage = stageOf(event.target);
    if (stage && stage !== stageOf(event.relatedTarget)) end(videoIn(stage));
  });
  document.addEventListener("focusin", (event) => {
    const stage = stageOf(event.target);
    if (stage && byKeys) begin(videoIn(stage));
  });
  document.addEventListener("focusout", (event) => end(videoIn(stageOf(event.target))));
  document.addEventListener("pointerdown", (event) => {
    byKeys = false;
    takeOver(videoIn(stageOf(event.target)));
  }, true);
  document.addEventListener("keydown", (event) => {
    byKeys = true;
    if (event.key === " " || event.key === "Enter") takeOver(videoIn(stageOf(event.target)));
  }, true);
}
