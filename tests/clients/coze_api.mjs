// Calls methods of conversations of Coze's client for Node in order and prints what became of each, as JSON.
// Argument: {"baseUrl": …, "key": …, "calls": [[method, …arguments], …]}
import { CozeAPI } from "@coze/api";

const { baseUrl, key, calls } = JSON.parse(process.argv.at(-1));
const client = new CozeAPI({ token: key, baseURL: baseUrl });
const answers = [];
for (const [method, ...given] of calls) {
  try {
    answers.push({ data: await client.conversations[method](...given) });
  } catch (error) {
    answers.push({ error: `${error.constructor.name}: ${error.message}` });
  }
}
console.log(JSON.stringify(answers));
