using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>Binds sections of the configuration to options that are all checked before the service starts.</summary>
public static class SettingsExtensions
{
    /// <summary>
    /// Binds a section to options whose attributes (and <see cref="IValidatableObject"/>) say what is right. At start every section is
    /// checked and everything that is wrong is reported at once, by the setting's name. An unknown setting in the section is wrong too.
    /// </summary>
    public static OptionsBuilder<T> AddSettings<T>(this IHostApplicationBuilder builder, string section)
        where T : class
    {
        builder.Services.AddSingleton<IValidateOptions<T>>(new SettingsValidator<T>(section));
        return builder.Services.AddOptions<T>()
            .Configure<IConfiguration>((options, configuration) => configuration.GetSection(section).BindStrictly(options))
            .ValidateOnStart();
    }

    /// <summary>Binds a section; a setting that is unknown or of the wrong kind is a failure by its name, as a value out of range is.</summary>
    /// <exception cref="OptionsValidationException">The failures. No value is in it: it may be a secret under a wrong name.</exception>
    internal static void BindStrictly<T>(this IConfigurationSection section, T options)
        where T : class
    {
        var failures = section.GetChildren().Select(setting => WhyUnusable(setting, typeof(T))).OfType<string>().ToList();
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(section.Path, typeof(T), failures);
        }

        section.Bind(options);
    }

    private static string? WhyUnusable(IConfigurationSection setting, Type options)
    {
        if (options.GetProperty(setting.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is not { } property)
        {
            return $"{setting.Path} is unknown: there is no such setting.";
        }

        try
        {
            setting.Get(property.PropertyType, binder => binder.ErrorOnUnknownConfiguration = true);
            return null;
        }
        catch (InvalidOperationException)
        {
            return $"{setting.Path} cannot be read as {property.PropertyType.Name}.";
        }
    }

    /// <summary>
    /// Checks every section at the first moment that the host gives, before anything is made of a setting, and reports all that is
    /// wrong in one message. The framework's own check comes after its services are made, of which the first wrong one throws.
    /// </summary>
    internal sealed class AllSettingsFirst(IServiceProvider services) : IConfigureOptions<HostOptions>
    {
        public void Configure(HostOptions options)
        {
            try
            {
                services.GetService<IStartupValidator>()?.Validate();
            }
            catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is OptionsValidationException))
            {
                throw new OptionsValidationException("Settings", typeof(HostOptions), e.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures));
            }
        }
    }

    private sealed class SettingsValidator<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var results = new List<ValidationResult>();
            return Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true)
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(results.Select(r => $"{section}:{string.Join(',', r.MemberNames)}: {r.ErrorMessage}"));
        }
    }
}
