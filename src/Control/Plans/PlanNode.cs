namespace Snapback.Control.Plans;

/// <summary>One value of a document, whatever it was written in, with its place for the error.</summary>
internal abstract record PlanNode(string Path, int Line, int Column)
{
    public static string KeyPath(string parent, string key) => parent.Length == 0 ? Shown.Plain(key) : $"{parent}.{Shown.Plain(key)}";

    public static string ItemPath(string parent, int index) => $"{parent}[{index}]";
}

internal sealed record PlanScalar(string Path, int Line, int Column, string Text) : PlanNode(Path, Line, Column)
{
    /// <summary>Written as text, whatever it looks like: for where a manifest goes on as JSON.</summary>
    public bool IsQuoted { get; init; }
}

internal sealed record PlanList(string Path, int Line, int Column, IReadOnlyList<PlanNode> Items) : PlanNode(Path, Line, Column);

/// <param name="Entries">Its comparer says whether case matters: in YAML it does, in configuration it does not.</param>
internal sealed record PlanMap(string Path, int Line, int Column, OrderedDictionary<string, PlanEntry> Entries)
    : PlanNode(Path, Line, Column);

/// <summary>Stands where a value was refused and said to be, so that nothing is reported twice.</summary>
internal record PlanBroken(string Path, int Line, int Column) : PlanNode(Path, Line, Column);

/// <summary>A key without a value: a mistake in a plan, and everyday in a manifest.</summary>
internal sealed record PlanNull(string Path, int Line, int Column) : PlanBroken(Path, Line, Column);

/// <summary>A template without quotes, such as <c>{{args.name}}</c>: YAML takes it for a map as a key. Nobody may need the value.</summary>
internal sealed record PlanUnquoted(string Path, int Line, int Column) : PlanBroken(Path, Line, Column)
{
    public void Refuse(Problems problems) =>
        problems.Add(this, "A key must be text.", "Write key: value, and a template such as {{args.name}} in quotes.");
}

/// <param name="Line">Of the key, as an unknown key is the key's fault.</param>
internal sealed record PlanEntry(int Line, int Column, PlanNode Value);

/// <summary>A value that was understood, and where it stood. No struct: the runtime compiles generic code anew for each struct, and every query
/// over these runs at the start.</summary>
internal sealed record Located<T>(T Value, PlanNode At);
