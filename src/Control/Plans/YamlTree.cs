using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Snapback.Control.Plans;

/// <summary>
/// Reads YAML from the parser's events and not through its object mapper, which lets the last of two equal keys win,
/// takes 010 for 8, and unfolds a kilobyte of aliases into megabytes.
/// </summary>
internal sealed class YamlTree
{
    private const string Mend = "Mend the line; indent with spaces only.";

    private readonly Parser _parser;
    private readonly Problems _problems;
    private readonly YamlGuard _guard;
    private readonly List<YamlDocument> _documents = [];

    private YamlTree(string text, Problems problems)
    {
        _parser = new Parser(new StringReader(text.TrimStart('\uFEFF')));
        _problems = problems;
        _guard = new YamlGuard(problems);
    }

    /// <summary>Every document of the text that could be read; the ones after a mistake are missing, which is then a problem.</summary>
    public static IReadOnlyList<YamlDocument> Read(string text, Problems problems)
    {
        if (Encoding.UTF8.GetByteCount(text) > YamlGuard.MostBytes)
        {
            problems.Add("", "The document is larger than 1 MiB.", "A plan has a few dozen lines; is this the right file?", 0, 0);
            return [];
        }

        // The scanner takes NUL for the end and would drop the rest without a word.
        if (text.Contains('\0'))
        {
            problems.Add("", "The document contains a NUL character.", "Is this a text file?", 0, 0);
            return [];
        }

        var tree = new YamlTree(text, problems);
        try
        {
            tree.Documents();
        }
        catch (YamlRefusal e)
        {
            problems.Add(e.Path, e.Message, e.Remedy, (int)e.Start.Line, (int)e.Start.Column);
        }
        catch (YamlException e)
        {
            var (line, column) = Place(e, text);
            problems.Add("", $"This is not YAML: {Sentence(e.Message)}", Mend, line, column);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The scanner trips over some malformed texts ("{a: b" with a second line "c: d") instead of refusing them.
            var (line, column) = tree._parser.Current is { } last ? Place(last) : (1, 1);
            problems.Add("", "This is not YAML from here on.", Mend, line, column);
        }

        return tree._documents;
    }

    private void Documents()
    {
        _parser.Consume<StreamStart>();
        while (_parser.TryConsume<DocumentStart>(out var start))
        {
            var (line, column) = Place(start);
            _documents.Add(new YamlDocument(Node("", 1), line, column));
            _parser.Consume<DocumentEnd>();
        }
    }

    private PlanNode Node(string path, int depth)
    {
        var at = _parser.Current!;
        _guard.Enter(at, path, depth);
        var (line, column) = Place(at);
        return at switch
        {
            Scalar => Text(path, line, column),
            SequenceStart => new PlanList(path, line, column, Items(path, depth)),
            MappingStart => Map(path, depth, line, column),
            _ => Alias(path, line, column),
        };
    }

    private PlanNode Text(string path, int line, int column)
    {
        var scalar = _parser.Consume<Scalar>();
        return scalar.Style == ScalarStyle.Plain && scalar.Value is ("" or "~" or "null" or "Null" or "NULL")
            ? new PlanNull(path, line, column)
            : new PlanScalar(path, line, column, scalar.Value) { IsQuoted = scalar.Style != ScalarStyle.Plain };
    }

    private List<PlanNode> Items(string path, int depth)
    {
        var items = new List<PlanNode>();
        _parser.Consume<SequenceStart>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node(PlanNode.ItemPath(path, items.Count), depth + 1));
        }

        return items;
    }

    private PlanNode Map(string path, int depth, int line, int column)
    {
        var entries = Entries(path, depth, out var templates);
        if (templates.Count == 1 && entries.Count == 0)
        {
            return new PlanUnquoted(path, line, column);
        }

        templates.ForEach(template => template.Refuse(_problems));
        return new PlanMap(path, line, column, entries);
    }

    private OrderedDictionary<string, PlanEntry> Entries(string path, int depth, out List<PlanUnquoted> templates)
    {
        templates = [];
        var entries = new OrderedDictionary<string, PlanEntry>(StringComparer.Ordinal);
        _parser.Consume<MappingStart>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var (line, column) = Place(_parser.Current!);
            if (!_parser.TryConsume<Scalar>(out var key))
            {
                var odd = Node(path, depth + 1);
                if (Node(path, depth + 1) is PlanNull && odd is PlanMap { Entries: { Count: 1 } only } && only.GetAt(0).Value.Value is PlanNull)
                {
                    templates.Add(new PlanUnquoted(odd.Path, odd.Line, odd.Column));
                }
                else
                {
                    _problems.Add(odd, "A key must be text.", "Write key: value.");
                }

                continue;
            }

            var keyPath = PlanNode.KeyPath(path, key.Value);
            _guard.Check(key, keyPath);
            var value = Node(keyPath, depth + 1);
            if (!entries.TryAdd(key.Value, new PlanEntry(line, column, value)))
            {
                _problems.Add(
                    keyPath,
                    $"The key stands here a second time, first on line {entries[key.Value].Line}.",
                    "Which one counts is a guess; keep one.",
                    line, column);
            }
        }

        return entries;
    }

    private PlanBroken Alias(string path, int line, int column)
    {
        var alias = _parser.Consume<AnchorAlias>();
        _problems.Add(
            path,
            $"The alias *{Shown.Plain(alias.Value.Value)} is refused.",
            "Aliases can unfold a small file into a huge one; write the value out.",
            line, column);
        return new PlanBroken(path, line, column);
    }

    private static (int Line, int Column) Place(ParsingEvent at) => ((int)at.Start.Line, (int)at.Start.Column);

    /// <summary>The scanner tells of a tab where the mapping around it began, which may be the first line of the file.</summary>
    private static (int Line, int Column) Place(YamlException e, string text)
    {
        var number = 0;
        foreach (var line in e.Message.Contains(" tab ", StringComparison.Ordinal) ? text.AsSpan().EnumerateLines() : default)
        {
            number++;
            var indent = line.IndexOfAnyExcept(' ');
            if (indent >= 0 && line[indent] == '\t' && !line.IsWhiteSpace())
            {
                return (number, indent + 1);
            }
        }

        return ((int)e.Start.Line, (int)e.Start.Column);
    }

    private static string Sentence(string message) => Shown.Plain(message, 200).TrimEnd('.') + ".";
}

/// <param name="Line">Where the document starts.</param>
internal sealed record YamlDocument(PlanNode Root, int Line, int Column);
