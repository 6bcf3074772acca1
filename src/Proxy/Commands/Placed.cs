namespace Snapback.Proxy.Commands;

/// <summary>What the admin side said of a file that it got without its name.</summary>
internal static class Placed
{
    /// <summary>A line and a column go on from the file, as compilers write them: <c>shop.yaml:2:1 stepz: …</c>.</summary>
    public static string In(string file, string sentence) =>
        char.IsAsciiDigit(sentence[0]) && sentence.Split(' ', 2)[0].Contains(':', StringComparison.Ordinal)
            ? $"{file}:{sentence}"
            : $"{file}: {sentence}";
}
