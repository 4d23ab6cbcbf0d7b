// What may wait for the rest of a frame: first strips and codes, then grounds, each codec its share;
// what is measured over many samples waits until no hand moves.

const ORDER = ["strip", "cloud", "ground", "survey", "trade"];
const PATIENT = ["survey", "trade"];

// Works, and has the face answer anew where what it says has `settled` is not what it was.
export function askedAnew(face, work) {
  const before = face.settled();
  const busy = work();
  if (face.settled() !== before) face.request({ answer: true });
  return busy;
}

// Works until `deadline` (performance.now()), on something at least once; true while there is more.
export function chores(members, deadline, calm) {
  const running = members.filter((m) => m.cloud);
  const waiting = (kind) => running.filter((m) => m[kind]?.pending);
  let busy = false;
  for (const kind of ORDER) {
    // Who waits for the hand to rest must be asked again: the loop stops once nothing is to do.
    if (PATIENT.includes(kind) && !calm) return busy || PATIENT.some((one) => waiting(one).length > 0);
    const open = waiting(kind);
    open.forEach((member, i) => {
      const now = performance.now();
      if (now >= deadline && busy) return;
      member[kind].work(now + (deadline - now) / (open.length - i));
      if (kind === "cloud") member.redraw = true;
      if (kind === "ground") member.behind = true;
      busy = true;
    });
    if (waiting(kind).length) return true;
  }
  return busy;
}
