/** Opens the packed data that the report carries in inert script elements: base64, gzip, then named tables. */

import { Dataset, type TableHeader } from "./dataset";

export interface Packed<Extra> {
  tables: Map<string, Dataset>;
  extra: Extra;
}

interface Header<Extra> {
  tables: Record<string, TableHeader>;
  extra: Extra;
}

/** Data URLs are fetches, which the page's policy forbids, hence the two ways to decode base64. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native) return native.call(Uint8Array, text);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function open<Extra>(elementId: string): Promise<Packed<Extra>> {
  const element = document.getElementById(elementId);
  if (!element) throw new Error(`The report's data block ${elementId} is missing.`);
  const content = await inflate(bytesOf(element.textContent.trim()));
  const length = new DataView(content.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(content.subarray(4, 4 + length))) as Header<Extra>;
  const blob = content.subarray(Math.ceil((4 + length) / 4) * 4);
  const tables = Object.entries(header.tables).map(
    ([name, table]) => [name, new Dataset(name, table, blob)] as const,
  );
  return { tables: new Map(tables), extra: header.extra };
}
