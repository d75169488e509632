// The npm client: create, poll, retrieve, list, download, remix, edit, extend, delete. Usage: node methods.mjs URL PICTURE
import assert from "node:assert/strict";
import fs from "node:fs";
import OpenAI, { toFile } from "openai";

const [url, picture] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-any", timeout: 120_000 });

async function finished(video) {
  while (video.status === "queued" || video.status === "in_progress") video = await client.videos.retrieve(video.id);
  assert.equal(video.status, "completed", JSON.stringify(video));
  return video;
}

let first = await client.videos.create({ prompt: "a dog", model: "sora-2", size: "64x36", seconds: "1" });
assert.deepEqual([first.object, first.model, first.size, first.seconds], ["video", "sora-2", "64x36", "1"]);
first = await finished(first);
const kept = await finished(
  await client.videos.create({ prompt: "a card", size: "64x36", seconds: "1", input_reference: fs.createReadStream(picture) }),
);

const data = Buffer.from(await (await client.videos.downloadContent(first.id)).arrayBuffer());
assert.equal(data.subarray(4, 8).toString(), "ftyp");
const thumbnail = await client.videos.downloadContent(first.id, { variant: "thumbnail" });
assert.equal(thumbnail.headers.get("content-type"), "image/webp");

const remixed = await finished(await client.videos.remix(first.id, { prompt: "a cat" }));
assert.equal(remixed.remixed_from_video_id, first.id);
if (client.videos.edit) {
  const edited = await finished(await client.videos.edit({ prompt: "snow", video: await toFile(data, "a.mp4") }));
  assert.equal(edited.remixed_from_video_id, first.id);
  const longer = await finished(await client.videos.extend({ prompt: "on", seconds: "1", video: { id: first.id } }));
  assert.equal(longer.seconds, "2");
}

const seen = [];
for await (const video of client.videos.list({ limit: 2 })) seen.push(video.id);
assert.ok(seen.includes(first.id) && seen.includes(remixed.id));

for (const video of [first, kept, remixed]) assert.equal((await client.videos.delete(video.id)).deleted, true);
await assert.rejects(client.videos.retrieve(first.id), (error) => error.status === 404 && error.code === "not_found");
console.log("ok");
