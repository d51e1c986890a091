// Keeps the address that somebody came by over the login, which leads back to the first page, and goes there afterwards.
const KEY = "facelib-came-for";

export default function ({ data }) {
  const here = window.location.pathname + window.location.search;
  if (data.keep) {
    window.sessionStorage.setItem(KEY, here);
    return;
  }
  const wanted = window.sessionStorage.getItem(KEY);
  window.sessionStorage.removeItem(KEY);
  // With the origin before it a path can lead to no other host.
  if (wanted && wanted !== here) window.location.replace(window.location.origin + wanted);
}
