using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Snapback.Control.Admin;

/// <summary>
/// Who gives a command. A token of a person's own says it and wins over whatever the body says; with the shared token, or none, it is
/// what the caller says, but never the name of somebody who has a token.
/// </summary>
/// <param name="Name">Null unless a token of its own was shown.</param>
/// <param name="Named">Everybody who has one.</param>
public sealed record AdminCaller(string? Name, IReadOnlyCollection<string> Named)
{
    private const string Nobody = "operator";

    /// <summary>
    /// Whom the product writes for itself: what <c>snapback</c> does is done once in a fleet, by the replica with the lease, and what a person of
    /// that name does, as a service's user often has it, by whichever replica is asked.
    /// </summary>
    private static readonly string[] Own = ["snapback", "judge", "startup"];

    private static readonly AdminCaller Anybody = new(null, []);

    public static AdminCaller Of(HttpContext context) => context.Items[typeof(AdminCaller)] as AdminCaller ?? Anybody;

    internal void AddTo(HttpContext context) => context.Items[typeof(AdminCaller)] = this;

    public string By(string? claimed)
    {
        var name = Name ?? (claimed is null || IsNamed(claimed) ? Nobody : claimed);
        return Own.Contains(name.Trim()) ? $"user {name.Trim()}" : name;
    }

    /// <summary>Why this caller may not give a command under this name; null if it may.</summary>
    public string? Refusal(string? claimed) => Name is null && claimed is not null && IsNamed(claimed)
        ? $"'by' is '{claimed}', who has a token of their own: only that one speaks for them. Show it, or leave 'by' out."
        : null;

    /// <summary>Whoever reads the history sees no blank at an end, and no letter without a shape.</summary>
    private bool IsNamed(string claimed) =>
        Named.Contains(string.Concat(claimed.Where(letter => char.GetUnicodeCategory(letter) is not UnicodeCategory.Format)).Trim());
}
