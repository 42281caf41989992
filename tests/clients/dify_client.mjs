// Calls methods of Dify's client for Node in order and prints what became of each, as JSON.
// Argument: {"baseUrl": …, "key": …, "calls": [[method, …arguments], …]}
import { ChatClient } from "dify-client";

const { baseUrl, key, calls } = JSON.parse(process.argv.at(-1));
const client = new ChatClient(key, baseUrl);
const told = [];
for (const [method, ...given] of calls) {
  try {
    const { status, data } = await client[method](...given);
    told.push({ status, data });
  } catch (error) {
    told.push({ error: error.name, status: error.response?.status, data: error.response?.data });
  }
}
console.log(JSON.stringify(told));
