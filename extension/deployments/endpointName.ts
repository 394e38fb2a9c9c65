/** An endpoint name made from a model name. */
export function suggestEndpointName(model: string): string {
  const name = model.toLowerCase().replace(/[^a-z0-9_-]+/g, '-').slice(0, 63).replace(/^[-_]+|[-_]+$/g, '');
  return name === '' ? 'model' : name;
}
