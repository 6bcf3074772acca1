namespace Snapback.Control.Comparing;

/// <summary>What was seen of one arm's answer.</summary>
/// <param name="Headers">Those that are compared, by name in the plan's spelling; several values joined by commas.</param>
/// <param name="IsJson">By its media type.</param>
/// <param name="Coding">Content-Encoding; empty for none.</param>
/// <param name="Body">As it came; empty where it is not compared.</param>
public sealed record SeenAnswer(int Status, IReadOnlyDictionary<string, string> Headers, bool IsJson, string Coding, ReadOnlyMemory<byte> Body);
