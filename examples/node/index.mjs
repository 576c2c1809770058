let count = 0;

export const handler = async (event) => {
  count += 1;
  const order = event.pathParameters.id;
  if (!/^\d+$/.test(order)) throw new RangeError(`no number: ${order}`);
  return { order: Number(order), count };
};
