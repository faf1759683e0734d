/** A file's text, put into the bundle. */
declare module "*?raw" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: that is how bundlers hand a text over
  export default text;
}
