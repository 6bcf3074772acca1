namespace Snapback.Proxy.Commands;

/// <summary>Puts a file's name in front of what the admin side says of its contents, which it got without the name.</summary>
internal static class Placed
{
    /// <summary>A line and column are joined to the name as compilers write them: <c>shop.yaml:2:1 stepz: …</c>.</summary>
    public static string In(string file, string sentence) =>
        char.IsAsciiDigit(sentence[0]) && sentence.Split(' ', 2)[0].Contains(':', StringComparison.Ordinal)
            ? $"{file}:{sentence}"
            : $"{file}: {sentence}";
}
