using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Snapback.Control.Plans;

/// <summary>Refuses what no plan needs and attacks on YAML readers use: great size and depth, anchors, tags.</summary>
internal sealed class YamlGuard(Problems problems)
{
    public const int MostBytes = 1 << 20;
    private const int MostDepth = 32;

    // A plan has a few dozen values; the bound keeps every later step cheap whatever the document.
    private const int MostNodes = 10_000;

    private int _nodes;

    /// <param name="depth">Of the root: 1; a value in 32 containers is at 33.</param>
    /// <exception cref="YamlRefusal">Too many or too deep: to read on would be what the document wants.</exception>
    public void Enter(ParsingEvent at, string path, int depth)
    {
        if (++_nodes > MostNodes)
        {
            throw new YamlRefusal(
                at,
                path,
                $"The document has more than {MostNodes} values.",
                "A plan has a few dozen; is this the right file?");
        }

        if (depth > MostDepth + 1)
        {
            throw new YamlRefusal(
                at,
                path,
                $"The document is nested deeper than {MostDepth} levels.",
                "A plan needs four; is a bracket left open?");
        }

        if (at is NodeEvent node)
        {
            Check(node, path);
        }
    }

    public void Check(NodeEvent node, string path)
    {
        var (line, column) = ((int)node.Start.Line, (int)node.Start.Column);
        if (!node.Anchor.IsEmpty)
        {
            problems.Add(
                path,
                $"The anchor &{Shown.Plain(node.Anchor.Value)} is refused.",
                "Remove it; a plan has no aliases.",
                line, column);
        }

        if (!node.Tag.IsEmpty)
        {
            problems.Add(
                path,
                "Tags (!) are refused.",
                "Remove it; the key already says what kind of value it takes.",
                line, column);
        }
    }
}

internal sealed class YamlRefusal(ParsingEvent at, string path, string message, string remedy) : YamlException(at.Start, at.End, message)
{
    public string Path { get; } = path;

    public string Remedy { get; } = remedy;
}
