using System.Text.Json;
using Spectre.Console;

namespace Snapback.LoadTests.Measuring;

/// <summary>What a scenario found: figures for people, ratios for the comparison with the last time, and whatever went wrong.</summary>
/// <param name="least">A ratio that moved by less than this share of itself is not worth a line.</param>
internal sealed class Report(string scenario, double least = 0.05)
{
    // Wider than any table here: a file has no right edge.
    private const int WidthOfFile = 160;

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly List<(string Title, string[] Columns, List<string[]> Rows)> _tables = [];
    private readonly SortedDictionary<string, Spread> _ratios = new(StringComparer.Ordinal);
    private readonly List<Goal> _goals = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _problems = [];

    public List<string[]> Table(string title, params string[] columns)
    {
        var rows = new List<string[]>();
        _tables.Add((title, columns, rows));
        return rows;
    }

    public void Ratio(string name, Spread ratio) => _ratios[name] = ratio;

    public void Goal(string name, double atMost, double measured) => _goals.Add(new Goal(name, atMost, measured));

    /// <summary>What a reader needs to know of the machine in these minutes.</summary>
    public void Note(string sentence) => _notes.Add(sentence);

    /// <summary>An error answer, a split that went wrong: the figures beside it are worth nothing.</summary>
    public void Problem(string sentence) => _problems.Add(sentence);

    /// <param name="save">A missed goal is told, and no failure: machines differ. A problem is one.</param>
    public int Finish(bool json, bool save)
    {
        var now = new Baseline(Processor.Name, _ratios);
        var moved = Baseline.Load(scenario)?.Moved(now, least) ?? [];
        if (json)
        {
            var tables = _tables.Select(table => new { table.Title, table.Columns, table.Rows });
            Console.WriteLine(JsonSerializer.Serialize(
                new { scenario, tables, ratios = _ratios, goals = _goals, moved, notes = _notes, problems = _problems }, Readable));
        }
        else
        {
            Print(moved);
        }

        if (save && _problems.Count == 0)
        {
            Console.Error.WriteLine($"Saved as {now.Save(scenario)}");
        }

        return _problems.Count == 0 ? 0 : 1;
    }

    private void Print(IReadOnlyList<string> moved)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthOfFile;
        }

        foreach (var (title, columns, rows) in _tables)
        {
            Write(title, columns, rows);
        }

        if (_goals.Count > 0)
        {
            Write(
                "Goals",
                ["goal", "at most", "measured", ""],
                [.. _goals.Select(goal => new[] { goal.Name, $"{goal.AtMost:0.##}", $"{goal.Measured:0.##}", goal.Verdict })]);
        }

        foreach (var line in (IEnumerable<string>)[.. _notes, .. moved])
        {
            Console.WriteLine(line);
        }

        foreach (var problem in _problems)
        {
            Console.Error.WriteLine(problem);
        }
    }

    private static void Write(string title, string[] columns, List<string[]> rows)
    {
        var table = new Table { Border = Console.IsOutputRedirected ? TableBorder.Markdown : TableBorder.Rounded };
        table.AddColumns(columns);
        rows.ForEach(row => table.AddRow([.. row.Select(Markup.Escape)]));
        Console.WriteLine($"{title}\n");
        AnsiConsole.Write(table);
        Console.WriteLine();
    }
}
