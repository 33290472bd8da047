// The image viewer; see viewer.py for the contract with the server. What the reader sees (zoom,
// place, light, which image is large) stays here and survives reruns and reloads; the server
// hears only of finished boxes, choices and, in passing, viewed images.
export default function ({ parentElement, data, setStateValue }) {
  parentElement._room ??= new Room(parentElement, data);
  parentElement._room.update(data, setStateValue);
  return () => {
    parentElement._room?.stop();
    delete parentElement._room;
  };
}
