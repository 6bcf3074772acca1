namespace Snapback.Proxy.Splitting;

/// <summary>
/// Without the case of letters, and with a run of slashes as one, as many servers read it (nginx: <c>merge_slashes</c>): else <c>//admin</c>
/// would be another path here, and the same one for them.
/// </summary>
internal sealed class AtPath(IEnumerable<string> paths) : SegmentCondition
{
    private const string Below = "/**";
    private const string Run = "//";

    private readonly (string Path, bool AndBelow)[] _paths =
    [
        .. paths.Select(Merged).Select(path => path.EndsWith(Below, StringComparison.Ordinal) ? (path[..^Below.Length], true) : (path, false)),
    ];

    public override bool Holds(HttpContext context, ulong client)
    {
        var path = Merged(context.Request.Path.Value ?? "").AsSpan();
        foreach (var (at, andBelow) in _paths)
        {
            if (path.StartsWith(at, StringComparison.OrdinalIgnoreCase) && (path.Length == at.Length || (andBelow && path[at.Length] == '/')))
            {
                return true;
            }
        }

        return false;
    }

    private static string Merged(string path)
    {
        while (path.Contains(Run, StringComparison.Ordinal))
        {
            path = path.Replace(Run, "/", StringComparison.Ordinal);
        }

        return path;
    }
}
