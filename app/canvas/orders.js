// Orders to the processes that train: a request of their own, for a run of the page would keep the hand waiting.

export const ORDERS = ["play", "pause", "step", "change", "cancel", "resume"];

// "" once the order was passed on, else why it was not.
export async function order(url, wish, unheard) {
  try {
    const body = JSON.stringify(wish);
    const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const { refused } = await answer.json();
    return refused;
  } catch (error) {
    console.warn("The order was not heard:", error);
    return unheard;
  }
}
