import type { SvgDocument } from './svgText.ts';

/** Pixels for each CSS pixel: sharp on a dense screen and in print. */
const scale = 2;

/** Draws an SVG document. @throws Error when the browser cannot */
export async function pngOf({ text, width, height }: SvgDocument): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  const context = canvas.getContext('2d');
  context?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) {
        reject(new Error('The picture could not be drawn.'));
      } else {
        resolve(blob);
      }
    }, 'image/png');
  });
}

/** The bytes of a blob as messages carry them. */
export async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(text);
}
